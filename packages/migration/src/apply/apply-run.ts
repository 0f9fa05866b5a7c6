/** Applies a plan: one process, alone or beside others. */

import type { ItemCounts, Journal, JournalEvent, Run, RunState } from "../journal/journal.ts";
import type { ApplyOptions, ApplyResult } from "./apply-options.ts";
import { DEFAULT_APPROVAL_PACE } from "./approval-poller.ts";
import { ProgressMeter } from "./progress.ts";
import { asKeyrailError } from "./retry.ts";
import { WorkSession } from "./work-session.ts";

const DEFAULT_PROGRESS_INTERVAL = 500;
/** Milliseconds between two looks for keys that other workers hold. */
const LOOK_AGAIN = 250;

/** States from which a run can be applied: `applying` is one whose process was killed, or has company. */
const APPLICABLE: readonly RunState[] = ["created", "applying", "paused", "applied"];

/**
 * Makes every key of the run at the target, proves and verifies it, from wherever the run stands. A key's failure is
 * recorded and the others go on; a failure of everything (credentials, a permission, an end or the journal out of reach)
 * stops the run, which is then `paused`. Keys that wait for an approval hold nobody up.
 *
 * The same run may be applied by several processes at once: they share its keys.
 *
 * @throws KeyrailError what stopped the run; `OperationRefused` when it is cancelled, rolled back or cut over;
 *   `InvalidConfiguration` when the providers are not those of the plan.
 */
export async function applyRun(options: ApplyOptions): Promise<ApplyResult> {
  const { journal } = options;
  const run = await journal.run(options.run);
  await using session = await WorkSession.begin(options, run);
  await begin(options, run, session.worker);
  using progress = reportProgress(options);
  try {
    await workThrough(session, options);
  } catch (error) {
    await stopped(journal, run, session.worker, error);
    throw error;
  }
  return { outcome: await end(session, options), counts: await progress.last() };
}

/** Stops a run that other processes apply: they finish what is under way, within a few seconds. */
export async function pauseRun(journal: Journal, run: string, worker: string): Promise<Run> {
  const event = { worker, kind: "paused", text: "The run was paused." } as const;
  return journal.changeRun(run, { from: ["created", "applying"], to: "paused", event });
}

/**
 * Ends a run for good, also one that other processes apply. What was made at the target stays there and in the journal,
 * for a roll-back.
 */
export async function cancelRun(journal: Journal, run: string, worker: string): Promise<Run> {
  const event = { worker, kind: "cancelled", text: "The run was cancelled." } as const;
  return journal.changeRun(run, { from: [...APPLICABLE, "verified"], to: "cancelled", event });
}

async function begin(options: ApplyOptions, run: Run, worker: string): Promise<void> {
  const { journal } = options;
  const fresh = run.state === "created";
  const event = {
    worker,
    kind: fresh ? "apply-started" : "resumed",
    text: fresh ? "Applying the plan began." : `Applying the plan went on; the run was ${run.state}.`,
  } as const;
  await journal.changeRun(run.id, { from: APPLICABLE, to: "applying", event });
  if (options.retryFailed !== false) await journal.retryFailed(run.id);
}

/** Works until nothing is left to do, asking for approvals meanwhile. */
async function workThrough(session: WorkSession, options: ApplyOptions): Promise<void> {
  const { journal, run, waitForApprovals = false } = options;
  const rounds = options.approvals?.rounds ?? DEFAULT_APPROVAL_PACE.rounds;
  for (;;) {
    const began = performance.now();
    const worked = new AbortController();
    await Promise.all([session.work().finally(() => worked.abort()), askMeanwhile(session, options, worked.signal)]);
    session.check();
    if (session.stopReason !== undefined) return;
    const counts = await journal.counts(run);
    // Others hold them, or a decided approval has set them free in between.
    const held = readyIn(counts) > 0;
    if (!held && (!waitForApprovals || counts.waiting === 0)) return;
    await session.pause(held ? LOOK_AGAIN : Math.max(0, rounds - (performance.now() - began)));
  }
}

/** Asks for approvals in rounds, at least once, while other keys are worked on. */
async function askMeanwhile(session: WorkSession, options: ApplyOptions, worked: AbortSignal): Promise<void> {
  const rounds = options.approvals?.rounds ?? DEFAULT_APPROVAL_PACE.rounds;
  for (;;) {
    await session.askForApprovals(options.approvals);
    await session.pause(rounds, worked);
    // A pause of a session that stops takes no time at all: going on would keep the event loop from everything else.
    if (worked.aborted || session.isStopping) return;
  }
}

function readyIn(counts: ItemCounts): number {
  return counts.planned + counts.made + counts.proved;
}

async function stopped(journal: Journal, run: Run, worker: string, error: unknown): Promise<void> {
  const { code, message } = asKeyrailError(error);
  const event = { worker, kind: "apply-stopped", text: `Applying the plan stopped (${code}): ${message}` } as const;
  // When the journal itself is what failed, its own error is the one to tell.
  await journal.changeRun(run.id, { from: ["applying"], to: "paused", event }).catch(() => undefined);
}

async function end(session: WorkSession, options: ApplyOptions): Promise<ApplyResult["outcome"]> {
  const { journal, run } = options;
  const { worker } = session;
  switch (session.stopReason) {
    case "cancelled":
    case "paused":
      return session.stopReason;
    case "signal":
      await journal.changeRun(run, {
        from: ["applying", "paused"],
        to: "paused",
        event: { worker, kind: "paused", text: "The run was paused; what was under way is done." },
      });
      return "paused";
    case undefined: {
      const { verified, failed, waiting } = await journal.counts(run);
      const text = `Nothing is left to do: ${verified} keys verified, ${failed} failed, ${waiting} wait for an approval.`;
      const event = { worker, kind: "applied", text } satisfies Omit<JournalEvent, "sequence" | "at">;
      await journal.changeRun(run, { from: ["applying", "applied"], to: "applied", event });
      return "applied";
    }
  }
}

/** Tells how far the run is, now and then. */
function reportProgress(options: ApplyOptions): Disposable & { last(): Promise<ItemCounts> } {
  const { journal, run, onProgress, progressInterval = DEFAULT_PROGRESS_INTERVAL } = options;
  const meter = new ProgressMeter();
  const tell = async (): Promise<void> => onProgress?.(meter.observe(await journal.strategyCounts(run)));
  let telling: Promise<void> | undefined;
  const timer =
    onProgress === undefined
      ? undefined
      : setInterval(() => {
          // A journal that can't be read stops the run elsewhere; progress is left out until then.
          telling ??= tell()
            .catch(() => undefined)
            .finally(() => (telling = undefined));
        }, progressInterval);
  return {
    async last() {
      clearInterval(timer);
      await telling;
      await tell();
      return journal.counts(run);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

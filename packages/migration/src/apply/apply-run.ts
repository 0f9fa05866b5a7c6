/** Applies a plan: one process, alone or beside others. */

import type { Journal, Run } from "../journal/journal.ts";
import type { ApplyOptions, ApplyResult } from "./apply-options.ts";
import { DEFAULT_APPROVAL_PACE } from "./approval-poller.ts";
import { reportProgress } from "./report-progress.ts";
import { APPLICABLE, beginApplying, endApplying, readyIn, sayStopped } from "./run-phases.ts";
import { WorkSession } from "./work-session.ts";

/** Milliseconds between two looks for keys that other workers hold. */
const LOOK_AGAIN = 250;

/**
 * Makes every key of the run at the target, proves and verifies it, from wherever the run stands. A key's failure is
 * recorded and the others go on; a failure of everything (credentials, a permission, an end or the journal out of reach)
 * stops the run, which is then `paused`. Keys that wait for an approval hold nobody up.
 *
 * The same run may be applied by several processes at once: they share its keys. For many machines see `runWorker`.
 *
 * @throws KeyrailError what stopped the run; `OperationRefused` when it is cancelled, rolled back or cut over;
 *   `InvalidConfiguration` when the providers are not those of the plan.
 */
export async function applyRun(options: ApplyOptions): Promise<ApplyResult> {
  const { journal } = options;
  const run = await journal.run(options.run);
  await using session = await WorkSession.begin(options, run);
  await beginApplying(journal, run, session.worker);
  if (options.retryFailed !== false) await journal.retryFailed(run.id);
  using progress = reportProgress(options);
  try {
    await workThrough(session, options);
  } catch (error) {
    await sayStopped(journal, run.id, session.worker, error);
    throw error;
  }
  const outcome = await endApplying(journal, run.id, session.worker, session.stopReason);
  await progress.last();
  return { outcome, counts: await journal.counts(run.id) };
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

/** Works until nothing is left to do, asking for approvals meanwhile. */
async function workThrough(session: WorkSession, options: ApplyOptions): Promise<void> {
  const { journal, run, waitForApprovals = false } = options;
  const rounds = options.approvals?.rounds ?? DEFAULT_APPROVAL_PACE.rounds;
  for (;;) {
    const began = performance.now();
    const worked = new AbortController();
    await Promise.all([
      session.work().finally(() => worked.abort()),
      session.askForApprovalsUntil(worked.signal, options.approvals),
    ]);
    session.check();
    if (session.stopReason !== undefined) return;
    const counts = await journal.counts(run);
    // Others hold them, or a decided approval has set them free in between.
    const held = readyIn(counts) > 0;
    if (!held && (!waitForApprovals || counts.waiting === 0)) return;
    await session.pause(held ? LOOK_AGAIN : Math.max(0, rounds - (performance.now() - began)));
  }
}

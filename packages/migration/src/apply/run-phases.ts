/** How a run begins and ends, the same for one process and for many. */

import type { ItemCounts, Journal, Run, RunState } from "../journal/journal.ts";
import type { ApplyResult } from "./apply-options.ts";
import { asKeyrailError } from "./retry.ts";
import type { StopReason } from "./work-session.ts";

/** States from which a run can be applied: `applying` is one whose process was killed, or has company. */
export const APPLICABLE: readonly RunState[] = ["created", "applying", "paused", "applied"];

/** Says that the run is being applied. @throws KeyrailError `OperationRefused` for a run that can't be any more. */
export async function beginApplying(journal: Journal, run: Run, worker: string): Promise<void> {
  const fresh = run.state === "created";
  const event = {
    worker,
    kind: fresh ? "apply-started" : "resumed",
    text: fresh ? "Applying the plan began." : `Applying the plan went on; the run was ${run.state}.`,
  } as const;
  await journal.changeRun(run.id, { from: APPLICABLE, to: "applying", event });
}

/** Items that can be worked on without waiting for people. */
export function readyIn(counts: ItemCounts): number {
  return counts.planned + counts.made + counts.proved;
}

/** Says that an error stopped the run. The journal may be what failed: then its own error is the one to tell. */
export async function sayStopped(journal: Journal, run: string, worker: string, error: unknown): Promise<void> {
  const event = { worker, kind: "apply-stopped", text: `Applying the plan stopped: ${errorText(error)}` } as const;
  await journal.changeRun(run, { from: ["applying"], to: "paused", event }).catch(() => undefined);
}

/** An error's message and code, for an event. */
export function errorText(error: unknown): string {
  const { code, message } = asKeyrailError(error);
  return `${message} (${code})`;
}

/** Says how applying ended: stopped, or with nothing left to do. */
export async function endApplying(
  journal: Journal,
  run: string,
  worker: string,
  stopReason: StopReason | undefined,
): Promise<ApplyResult["outcome"]> {
  switch (stopReason) {
    case "cancelled":
    case "paused":
      return stopReason;
    case "signal":
      await journal.changeRun(run, {
        from: ["applying", "paused"],
        to: "paused",
        event: { worker, kind: "paused", text: "The run was paused; what was under way is done." },
      });
      return "paused";
    case undefined: {
      // Another worker has said so already.
      if ((await journal.state(run)) === "applied") return "applied";
      const { verified, failed, waiting } = await journal.counts(run);
      const text = `Nothing is left to do: ${verified} keys verified, ${failed} failed, ${waiting} wait for an approval.`;
      await journal.changeRun(run, {
        from: ["applying", "applied"],
        to: "applied",
        event: { worker, kind: "applied", text },
      });
      return "applied";
    }
  }
}

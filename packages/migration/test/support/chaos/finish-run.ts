import type { Provider } from "@keyrail/core";
import type { Registry } from "@keyrail/registry";
import type { Journal, LeaseOptions } from "../../../src/journal/journal.ts";
import { cutOver } from "../../../src/stages/cut-over.ts";
import { verifyRun } from "../../../src/stages/verify-run.ts";

/** What {@link finishRun} works on. */
export interface Finishing {
  readonly journal: Journal;
  readonly registry: Registry;
  readonly run: string;
  readonly source: Provider;
  readonly target: Provider;
  readonly lease?: LeaseOptions;
}

/**
 * What comes after a run was applied: verified once more, and cut over. May be repeated after any interruption. False when
 * keys did not pass, which then are to be applied again. Keys whose use waits for an approval each time don't hold it up.
 */
export async function finishRun(work: Finishing): Promise<boolean> {
  const { state } = await work.journal.run(work.run);
  if (state === "applied" && (await verifyRun(work)).failed > 0) return false;
  const result = await cutOver(work);
  return result.run.state === "cut-over";
}

/** Whether there is something to apply, and not only to finish. */
export async function isApplicable({ journal, run }: Pick<Finishing, "journal" | "run">): Promise<boolean> {
  return !["verified", "cut-over"].includes(await journal.state(run));
}

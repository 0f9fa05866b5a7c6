/**
 * The child of a kill round: applies a run until it is done or killed. Its task comes as JSON by standard input; a line
 * on standard output says that it begins.
 */

import { text } from "node:stream/consumers";
import { z } from "zod";
import { applyRun } from "../../../src/apply/apply-run.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import { endAccessSchema, openEnd } from "./access.ts";
import { watched } from "./watched.ts";

/** Milliseconds: an emulator on this machine has done by then what a dead process asked of it. */
const SETTLE = 200;

/** What the child is to do. */
const taskSchema = z.object({
  database: z.string(),
  run: z.string(),
  source: endAccessSchema,
  target: endAccessSchema,
  /** It kills itself at this call of a port or of the journal, before the call or after it; 0 for never. */
  dieAtCall: z.int().nonnegative(),
});
export type KillTask = z.infer<typeof taskSchema>;

if (import.meta.main) await work();

async function work(): Promise<void> {
  const task = taskSchema.parse(JSON.parse(await text(process.stdin)));
  let calls = 0;
  const tick = (): void => {
    calls += 1;
    if (calls === task.dieAtCall) process.kill(process.pid, "SIGKILL");
  };
  const journal = await openJournal({ database: task.database });
  const [source, target] = [await openEnd(task.source), await openEnd(task.target)];
  process.stdout.write("begins\n");
  const result = await applyRun({
    journal: watched(journal, tick),
    run: task.run,
    source: watched(source, tick),
    target: watched(target, tick),
    lease: { settle: SETTLE },
    retry: { firstPause: 1, longestPause: 20 },
    approvals: { between: 1, rounds: 20 },
    waitForApprovals: true,
  });
  await Promise.all([source.close(), target.close(), journal.close()]);
  process.stdout.write(`${JSON.stringify({ ...result, calls })}\n`);
}

/**
 * The child of a kill round: applies a run, verifies it and cuts it over, until it is done or killed. Its task comes as JSON by standard input; a line
 * on standard output says that it begins.
 */

import { text } from "node:stream/consumers";
import { openRegistry } from "@keyrail/registry";
import { z } from "zod";
import { applyRun } from "../../../src/apply/apply-run.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import { type EndAccess, endAccessSchema, openEnd } from "./access.ts";
import { finishRun, isApplicable } from "./finish-run.ts";
import { watched } from "./watched.ts";

/** Milliseconds: an emulator on this machine has done by then what a dead process asked of it. */
const SETTLE = 200;

/** What the child is to do. */
export interface KillTask {
  /** Of the journal. */
  readonly database: string;
  /** Of the registry. */
  readonly aliases: string;
  readonly run: string;
  readonly source: EndAccess;
  readonly target: EndAccess;
  /** It kills itself at this call of a port, the journal or the registry, before the call or after it; 0 for never. */
  readonly dieAtCall: number;
}

const taskSchema: z.ZodType<KillTask> = z.object({
  database: z.string(),
  aliases: z.string(),
  run: z.string(),
  source: endAccessSchema,
  target: endAccessSchema,
  dieAtCall: z.int().nonnegative(),
});

if (import.meta.main) await work();

async function work(): Promise<void> {
  const task = taskSchema.parse(JSON.parse(await text(process.stdin)));
  let calls = 0;
  const tick = (): void => {
    calls += 1;
    if (calls === task.dieAtCall) process.kill(process.pid, "SIGKILL");
  };
  const [source, target] = [await openEnd(task.source), await openEnd(task.target)];
  const journal = await openJournal({ database: task.database });
  const registry = await openRegistry({ database: task.aliases });
  const ends = { source: watched(source, tick), target: watched(target, tick) };
  const shared = { ...ends, run: task.run, journal: watched(journal, tick), lease: { settle: SETTLE } };
  process.stdout.write("begins\n");
  if (await isApplicable(shared)) {
    await applyRun({
      ...shared,
      retry: { firstPause: 1, longestPause: 20 },
      approvals: { between: 1, rounds: 20 },
      waitForApprovals: true,
    });
  }
  if (!(await finishRun({ ...shared, registry: watched(registry, tick) }))) throw new Error("The run is not cut over.");
  await Promise.all([source.close(), target.close(), journal.close(), registry.close()]);
}

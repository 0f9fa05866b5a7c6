/** Where a run stands, and what can be done with it now. */

import type { Registry } from "@keyrail/registry";
import type { ItemCounts, Journal, Run, RunState } from "../journal/journal.ts";
import { type AliasMoves, aliasMovesOf } from "./alias-moves.ts";
import { knownCutOvers } from "./known-cut-overs.ts";

/** Stages that can be asked for. */
export type Stage = "apply" | "cut-over" | "roll-back" | "finalise";

/** The state of a run. */
export interface RunStatus {
  readonly run: Run;
  readonly counts: ItemCounts;
  /** Absent without a registry. */
  readonly aliases?: AliasMoves;
  /** What can be done next. */
  readonly possible: readonly Stage[];
}

const APPLICABLE: readonly RunState[] = ["created", "applying", "paused", "applied", "verified"];

/** Reads where a run stands; changes nothing but the journal's list of cut-overs, when a process was killed in one. */
export async function runStatus(options: {
  readonly journal: Journal;
  readonly run: string;
  readonly registry?: Registry;
}): Promise<RunStatus> {
  const { journal, registry } = options;
  const run =
    registry === undefined ? await journal.run(options.run) : (await knownCutOvers(journal, registry, options.run)).run;
  const counts = await journal.counts(run.id);
  const aliases = registry === undefined ? undefined : await aliasMovesOf(journal, registry, run);
  return {
    run,
    counts,
    ...(aliases === undefined ? {} : { aliases }),
    possible: possibleStages(run, counts),
  };
}

function possibleStages({ state }: Run, counts: ItemCounts): Stage[] {
  const { planned, made, proved, waiting, failed, verified, finalised } = counts;
  const stages: Stage[] = [];
  if (APPLICABLE.includes(state) && planned + made + proved + waiting + failed > 0) stages.push("apply");
  if (verified > 0 && (APPLICABLE.includes(state) || state === "cut-over") && state !== "created")
    stages.push("cut-over");
  if (state === "cut-over" || (state === "finalised" && verified > 0)) stages.push("finalise");
  if (state !== "finalised" && finalised === 0) stages.push("roll-back");
  return stages;
}

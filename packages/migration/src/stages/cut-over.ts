/** Cut-over: aliases leave the source's keys for those at the target, all at once. */

import { KeyrailError } from "@keyrail/core";
import type { AliasSwitch, Registry } from "@keyrail/registry";
import type { ItemCounts, Run, RunState } from "../journal/journal.ts";
import { inSentence } from "../plan/in-sentence.ts";
import { type AliasMoves, aliasMovesOf, type HeldAlias } from "./alias-moves.ts";
import { knownCutOvers } from "./known-cut-overs.ts";
import { type StageOptions, stageRefused, workerName } from "./stage-options.ts";

/** What {@link cutOver} is given. */
export interface CutOverOptions extends StageOptions {
  readonly registry: Registry;
  /** Only these aliases. Absent: every one that names a key of the run's source. */
  readonly aliases?: readonly string[];
  /** For the registry's audit record; default the operating system's user. */
  readonly actor?: string;
}

/** What {@link cutOver} did. */
export interface CutOverResult {
  readonly run: Run;
  /** The aliases of this call; none when there was nothing left to switch. */
  readonly switched: readonly AliasSwitch[];
  /** The registry's audit record of this call; absent when nothing was switched. */
  readonly auditRecord?: string;
  /** Aliases that name a key of the source still, because it stays there or the run does not have it. */
  readonly staying: readonly HeldAlias[];
  /** Aliases that were left out, and can be switched. */
  readonly left: readonly AliasSwitch[];
}

/** A run that is being applied may be cut over alias by alias: what is verified is verified. */
const BEFORE_CUT_OVER: readonly RunState[] = ["applying", "paused", "applied", "verified", "cut-over"];
const NAMED = 5;

/**
 * Switches aliases from keys of the source to the verified keys at the target, in one change of the registry: all of them or
 * none. Repeating it changes nothing more, also after a process was killed in the middle.
 *
 * The run is `cut-over` when no key of it is left to do and no alias names a key of the source that has moved. Until then
 * it can still be applied, so that a key that waits for people does not hold up the others.
 *
 * @throws KeyrailError `OperationRefused` when an alias names a key that is not verified yet, when an alias was switched by
 *   somebody else in this moment, or when the run is not at this stage; `InvalidRequest` for an alias that has nothing to
 *   do with the run; `KeyNotFound` for no alias. Nothing is changed then.
 */
export async function cutOver(options: CutOverOptions): Promise<CutOverResult> {
  const { journal, registry } = options;
  const { run, records } = await knownCutOvers(journal, registry, options.run);
  if (!BEFORE_CUT_OVER.includes(run.state)) {
    throw stageRefused(
      `The run ${run.id} is ${run.state}; aliases are switched once keys have been verified, and before a roll-back.`,
      `run is ${run.state}`,
    );
  }
  const moves = await aliasMovesOf(journal, registry, run);
  const chosen = options.aliases === undefined ? allOf(moves) : await namedOf(options.aliases, moves, options, records);
  const context = {
    run: run.id,
    reason: reasonOf(run),
    ...(options.actor === undefined ? {} : { actor: options.actor }),
  };
  const record = chosen.length === 0 ? undefined : await registry.cutOver(chosen, context);
  if (record !== undefined) await journal.addCutOver(run.id, record.id);
  const taken = new Set(chosen.map(({ alias }) => alias));
  const left = moves.ready.filter(({ alias }) => !taken.has(alias));
  const counts = await journal.counts(run.id);
  await tell(options, run, { switched: chosen.length, complete: isComplete(counts, left, moves), counts });
  return {
    run: await journal.run(run.id),
    switched: chosen,
    ...(record === undefined ? {} : { auditRecord: record.id }),
    staying: moves.staying,
    left,
  };
}

function reasonOf({ id, header }: Run): string {
  return `Migration from ${inSentence(header.source.title)} to ${inSentence(header.target.title)}, run ${id}`;
}

function allOf({ ready, blocked }: AliasMoves): readonly AliasSwitch[] {
  if (blocked.length === 0) return ready;
  throw stageRefused(
    `${count(blocked.length, "alias names a key", "aliases name keys")} that can't be switched yet: ${listOf(blocked)}. Finish or retain these keys first, or name the aliases to switch.`,
    "keys are not verified",
  );
}

/** The aliases of the caller, checked one by one; those this run has switched before are no mistake. */
async function namedOf(
  names: readonly string[],
  { ready, blocked, staying }: AliasMoves,
  { registry }: CutOverOptions,
  records: Awaited<ReturnType<typeof knownCutOvers>>["records"],
): Promise<readonly AliasSwitch[]> {
  const chosen: AliasSwitch[] = [];
  for (const name of new Set(names)) {
    const move = ready.find(({ alias }) => alias === name);
    if (move !== undefined) {
      chosen.push(move);
      continue;
    }
    const held = blocked.find(({ alias }) => alias === name);
    if (held !== undefined) {
      throw stageRefused(
        `The alias ${name} names ${held.key}, which is not verified at the target: it is ${held.state ?? "unknown"}.`,
        "key is not verified",
      );
    }
    if (staying.some(({ alias, state }) => alias === name && state === "retained")) {
      throw stageRefused(
        `The alias ${name} names a key that stays at the source, as the plan says.`,
        "key is retained",
      );
    }
    const { current } = await registry.alias(name);
    const done = records.some(({ switches }) => switches.some(({ alias, to }) => alias === name && to === current.key));
    if (done) continue;
    throw new KeyrailError("InvalidRequest", `The alias ${name} names ${current.key}, which is no key of this run.`, {
      path: "aliases",
    });
  }
  return chosen;
}

function isComplete(counts: ItemCounts, left: readonly AliasSwitch[], { blocked }: AliasMoves): boolean {
  const { planned, made, proved, waiting } = counts;
  return planned + made + proved + waiting === 0 && left.length === 0 && blocked.length === 0;
}

async function tell(
  options: CutOverOptions,
  run: Run,
  done: { readonly switched: number; readonly complete: boolean; readonly counts: ItemCounts },
): Promise<void> {
  const { journal } = options;
  const { switched, complete, counts } = done;
  const worker = workerName(options);
  const text = `${count(switched, "alias was", "aliases were")} switched to the target; ${counts.verified} keys are verified, ${counts.failed} failed, ${counts.retained} stay.`;
  const event = { worker, kind: "cut-over", text } as const;
  if (complete && run.state !== "cut-over") {
    await journal.changeRun(run.id, { from: BEFORE_CUT_OVER, to: "cut-over", event });
  } else if (switched > 0) await journal.addEvent(run.id, event);
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function listOf(held: readonly HeldAlias[]): string {
  const shown = held.slice(0, NAMED).map(({ alias, state }) => `${alias} (${state ?? "unknown"})`);
  return held.length > NAMED ? `${shown.join(", ")} and ${held.length - NAMED} more` : shown.join(", ");
}

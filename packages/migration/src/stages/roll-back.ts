/** Roll-back: aliases return to the source; on request, what the run made at the target is removed again. */

import { isKeyrailError, KeyrailError, type Provider } from "@keyrail/core";
import type { AuditRecord, Registry } from "@keyrail/registry";
import { makeTargetKey } from "../apply/make-target-key.ts";
import type { HeldItemUpdate, ItemState, JournalItem, Run, RunState } from "../journal/journal.ts";
import { eachItem } from "./each-item.ts";
import { knownCutOvers } from "./known-cut-overs.ts";
import { checkRunEnds, type StageOptions, stageRefused, workerName } from "./stage-options.ts";

/** What {@link rollBack} is given. */
export interface RollBackOptions extends StageOptions {
  readonly registry: Registry;
  /**
   * Remove the keys that this run made at the target; what the target does for it (destroy, archive) its declaration says.
   * Keys that were there before are never touched. Both providers are needed for it.
   */
  readonly removeTargetKeys?: { readonly source: Provider; readonly target: Provider };
  /** For the registry's audit records; default the operating system's user. */
  readonly actor?: string;
}

/** A key of the target that was not removed, and why. */
export interface KeptTargetKey {
  readonly ordinal: number;
  /** Key URI; absent when it is not known whether there is one. */
  readonly key?: string;
  /** One sentence. */
  readonly reason: string;
}

/** What {@link rollBack} did. */
export interface RollBackResult {
  readonly run: Run;
  /** Aliases that name the source's keys again by this call. */
  readonly switched: readonly string[];
  /** Aliases that this run had switched and that name other keys by now: somebody else's decision, left alone. */
  readonly left: readonly string[];
  /** Keys removed from the target by this call. */
  readonly removed: number;
  /** Keys that should have gone and are there; call again once the reason is mended. */
  readonly kept: readonly KeptTargetKey[];
}

const BEFORE_FINALISE: readonly RunState[] = ["created", "applying", "paused", "applied", "verified", "cut-over"];
/** Items of which something may be at the target. */
const PERHAPS_MADE: readonly ItemState[] = ["planned", "made", "waiting", "proved", "verified", "failed"];

/**
 * Undoes a run, at any stage before finalise. First the run is ended for its workers, then the aliases return to the keys of
 * the source, then, on request, what the run made at the target is removed. Repeating it goes on where a call broke off, and
 * does nothing twice.
 *
 * @throws KeyrailError `OperationRefused` when the source's keys are being retired already; `InvalidConfiguration` for
 *   providers that are not the run's; `UnsupportedCapability` when the target removes no keys. Nothing is changed then.
 */
export async function rollBack(options: RollBackOptions): Promise<RollBackResult> {
  const { journal, registry, removeTargetKeys } = options;
  const { run, records } = await knownCutOvers(journal, registry, options.run);
  const { finalised } = await journal.counts(run.id);
  if (run.state === "finalised" || finalised > 0) {
    throw stageRefused(
      `The run ${run.id} can't be rolled back: keys of the source have been retired (${finalised}).`,
      "source keys are retired",
    );
  }
  if (removeTargetKeys !== undefined) checkRemoval(run, removeTargetKeys);
  await endRun(options, run);
  const { switched, left } = await aliasesBack(options, run, records);
  const removal = removeTargetKeys === undefined ? NOTHING : await removeMade(options, removeTargetKeys);
  const { removed, kept } = removal;
  const text = `The run was rolled back: ${switched.length} aliases name the source's keys again, ${removed} keys were removed from the target.`;
  if (kept.length === 0) {
    const event = { worker: workerName(options), kind: "rolled-back", text } as const;
    await journal.changeRun(run.id, { from: ["cancelled", "rolled-back"], to: "rolled-back", event });
  }
  return { run: await journal.run(run.id), switched, left, removed, kept };
}

const NOTHING = { removed: 0, kept: [] } as const;

type Removal = NonNullable<RollBackOptions["removeTargetKeys"]>;

function checkRemoval(run: Run, ends: Removal): void {
  checkRunEnds(run, ends);
  const { target } = ends;
  if (target.catalog !== undefined && target.capabilities.catalog?.remove !== undefined) return;
  throw new KeyrailError(
    "UnsupportedCapability",
    `${target.capabilities.title} removes no keys; remove them with the vendor's own tools.`,
    { provider: target.name, operation: "remove" },
  );
}

/** Workers that still apply the run finish what is under way and stop. */
async function endRun(options: RollBackOptions, { id, state }: Run): Promise<void> {
  if (!BEFORE_FINALISE.includes(state)) return;
  const event = {
    worker: workerName(options),
    kind: "cancelled",
    text: "The run was ended to be rolled back.",
  } as const;
  await options.journal.changeRun(id, { from: BEFORE_FINALISE, to: "cancelled", event });
}

/** Undoes the cut-overs of the run, newest first, as far as the aliases are still where they were put. */
async function aliasesBack(
  options: RollBackOptions,
  run: Run,
  records: readonly AuditRecord[],
): Promise<{ readonly switched: readonly string[]; readonly left: readonly string[] }> {
  const { registry, actor } = options;
  const context = { run: run.id, reason: `Roll-back of the run ${run.id}`, ...(actor === undefined ? {} : { actor }) };
  const switched: string[] = [];
  const left = new Set<string>();
  for (const record of records) {
    const untouched: string[] = [];
    for (const { alias, from, to, version } of record.switches) {
      const current = await currentOf(registry, alias);
      if (from === undefined || to === undefined || current === undefined || current.key === from) continue;
      if (current.key !== to) left.add(alias);
      else if (current.version === version) untouched.push(alias);
      else {
        // It went away and came back to the new key; the registry's own roll-back takes such an alias for somebody else's.
        await registry.setAlias(alias, from, { ...context, expect: to });
        switched.push(alias);
      }
    }
    if (untouched.length === 0) continue;
    await registry.rollBack(record.id, { ...context, aliases: untouched });
    switched.push(...untouched);
  }
  return { switched, left: [...left].filter((alias) => !switched.includes(alias)) };
}

async function currentOf(registry: Registry, alias: string): Promise<{ key: string; version: number } | undefined> {
  try {
    return (await registry.alias(alias)).current;
  } catch (error) {
    if (isKeyrailError(error, "KeyNotFound")) return undefined;
    throw error;
  }
}

async function removeMade(
  options: RollBackOptions,
  ends: Removal,
): Promise<{ readonly removed: number; readonly kept: readonly KeptTargetKey[] }> {
  const kept = new Map<number, KeptTargetKey>();
  let removed = 0;
  await eachItem(options, {
    name: "The roll-back",
    states: PERHAPS_MADE,
    provider: ends.target,
    begin: () => kept.clear(),
    async work(item) {
      const outcome = await removeOne(item, ends, options.registry);
      if (outcome !== undefined && "reason" in outcome) kept.set(item.ordinal, outcome);
      else if (outcome !== undefined) {
        removed += 1;
        return outcome;
      }
      return undefined;
    },
  });
  return { removed, kept: [...kept.values()].toSorted((one, other) => one.ordinal - other.ordinal) };
}

/** Removes what the run made for one key; undefined when it made nothing. */
async function removeOne(
  item: JournalItem,
  { source, target }: Removal,
  registry: Registry,
): Promise<HeldItemUpdate | KeptTargetKey | undefined> {
  const { ordinal, planned, strategy, attempts } = item;
  if (strategy === "adopt" || strategy === "retain") return undefined;
  if (item.target === undefined && attempts === 0) return undefined;
  // Its verification found that it is gone, and no attempt has made another since.
  if (item.target === undefined && item.state === "failed" && item.error?.code === "KeyNotFound") return undefined;
  let key = item.target;
  try {
    // A process may have been killed between the making of the key and its entry in the journal: the same intent finds it.
    key ??= (await makeTargetKey({ planned, source, target, earlierAttempt: "possible" })).uri;
    const [named] = await registry.aliasesOf(key);
    if (named !== undefined) return { ordinal, key, reason: `The alias ${named.name} names it.` };
    await target.catalog?.remove(key);
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    if (key === undefined) {
      // Refused for good: there is no key, and never was.
      return error.retry === "never" ? undefined : { ordinal, reason: error.message };
    }
    if (error.code !== "KeyNotFound") return { ordinal, key, reason: error.message };
  }
  return { ordinal, state: "rolled-back", target: key, ticket: null, error: null };
}

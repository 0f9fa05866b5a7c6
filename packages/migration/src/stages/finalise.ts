/** Finalise: the source's keys that have moved are retired. The only stage that changes the source, and there is no way back. */

import { isKeyrailError, KeyrailError, type KeyRecord, parseKeyUri, type Provider } from "@keyrail/core";
import type { Registry } from "@keyrail/registry";
import type { HeldItemUpdate, ItemState, JournalItem, Run } from "../journal/journal.ts";
import { isAsymmetric } from "../proof/key-types.ts";
import { encodePublicKey } from "../public-key-text.ts";
import { eachItem } from "./each-item.ts";
import { knownCutOvers } from "./known-cut-overs.ts";
import { checkRunEnds, type StageOptions, stageRefused, workerName } from "./stage-options.ts";

/** What {@link finalise} is given. */
export interface FinaliseOptions extends StageOptions {
  readonly registry: Registry;
  readonly source: Provider;
  readonly target: Provider;
  /** The run's id once more: says that it is meant. */
  readonly confirm: string;
  /**
   * Also retire keys without which old data is lost: secret keys, and keys that agree, derive or encapsulate, when a new
   * key took their place. What was encrypted, wrapped or authenticated with them can't be read or checked any more.
   * Default false.
   */
  readonly retireKeysOfOldData?: boolean;
}

/** A key of the source that was not retired, and why. */
export interface KeptSourceKey {
  readonly ordinal: number;
  /** Key URI at the source. */
  readonly key: string;
  /** `choice`: old data needs it. `refused`: something is not as it has to be. `failed`: an end could not be asked. */
  readonly kind: "choice" | "refused" | "failed";
  /** One sentence. */
  readonly reason: string;
}

/** What {@link finalise} did. */
export interface FinaliseResult {
  readonly run: Run;
  /** Keys retired by this call. */
  readonly retired: number;
  /** Keys that moved and were not retired, at most {@link MOST_KEPT}; `keptTotal` counts all. */
  readonly kept: readonly KeptSourceKey[];
  readonly keptTotal: number;
}

/** Kept keys that a result names. */
export const MOST_KEPT = 1000;

/**
 * Retires the keys of the source that moved: each is looked at again right before it goes. Its successor must be at the
 * target with the public key of the journal, no alias may name it, and it must still be the key of the plan. Keys that the
 * plan retains, and keys that were not verified, are never touched. Repeating it goes on where a call broke off.
 *
 * @throws KeyrailError `InvalidRequest` when `confirm` is not the run's id; `OperationRefused` before the cut-over is
 *   complete; `InvalidConfiguration` for providers that are not the run's; `UnsupportedCapability` when the source removes
 *   no keys. Nothing is changed then.
 */
export async function finalise(options: FinaliseOptions): Promise<FinaliseResult> {
  const { journal, registry, source, target, confirm } = options;
  if (confirm !== options.run) {
    throw new KeyrailError(
      "InvalidRequest",
      `Finalising retires keys of the source for good. Confirm it with the run's id, ${options.run}.`,
      { path: "confirm" },
    );
  }
  const { run } = await knownCutOvers(journal, registry, options.run);
  checkRunEnds(run, { source, target });
  if (run.state !== "cut-over" && run.state !== "finalised") {
    throw stageRefused(
      `The run ${run.id} is ${run.state}; keys of the source are retired only after every alias was switched.`,
      `run is ${run.state}`,
    );
  }
  checkRetiring(source);
  const worker = workerName(options);
  if (run.state === "cut-over") {
    await journal.addEvent(run.id, { worker, kind: "finalised", text: "Retiring the source's keys began." });
  }
  const { retired, kept, keptTotal, failed } = await retireAll(options);
  if (failed === 0) {
    const text = `${retired} keys of the source were retired; ${keptTotal} that moved were kept.`;
    const event = { worker, kind: "finalised", text } as const;
    await journal.changeRun(run.id, { from: ["cut-over", "finalised"], to: "finalised", event });
  }
  kept.sort((one, other) => one.ordinal - other.ordinal);
  return { run: await journal.run(run.id), retired, kept, keptTotal };
}

function checkRetiring({ catalog, capabilities, name }: Provider): void {
  if (catalog !== undefined && capabilities.catalog?.remove !== undefined) return;
  throw new KeyrailError(
    "UnsupportedCapability",
    `${capabilities.title} removes no keys; retire them with the vendor's own tools.`,
    { provider: name, operation: "remove" },
  );
}

async function retireAll(
  options: FinaliseOptions,
): Promise<{ retired: number; kept: KeptSourceKey[]; keptTotal: number; failed: number }> {
  const kept: KeptSourceKey[] = [];
  let retired = 0;
  let keptTotal = 0;
  let failed = 0;
  const parents = await parentsOfStaying(options);
  await eachItem(options, {
    name: "Finalising",
    states: ["verified"],
    provider: options.source,
    begin() {
      kept.length = keptTotal = failed = 0;
    },
    async work(item): Promise<HeldItemUpdate | undefined> {
      const reason = await retireOne(item, parents, options);
      if (reason === undefined) {
        retired += 1;
        return { ordinal: item.ordinal, state: "finalised" };
      }
      keptTotal += 1;
      if (reason.kind === "failed") failed += 1;
      if (kept.length < MOST_KEPT) kept.push({ ordinal: item.ordinal, key: item.planned.source.uri, ...reason });
      return undefined;
    },
  });
  return { retired, kept, keptTotal, failed };
}

type Reason = Pick<KeptSourceKey, "kind" | "reason">;

/** Retires one key; the reason when it stays. */
async function retireOne(
  item: JournalItem,
  parents: ReadonlySet<string>,
  options: FinaliseOptions,
): Promise<Reason | undefined> {
  const { planned, strategy } = item;
  const { source, registry } = options;
  const { uri } = planned.source;
  const oldData = planned.changes.find(({ what }) => what === "old data");
  if (strategy === "rotate" && oldData !== undefined && options.retireKeysOfOldData !== true) {
    return { kind: "choice", reason: `Old data needs it (${oldData.from}).` };
  }
  if (parents.has(uri)) return { kind: "refused", reason: "A child of it stays at the source." };
  if (maybeOneKey(item)) {
    const reason = `${item.target ?? ""} has the same id, so it may be the same key under two addresses; if it is not, remove this one by hand.`;
    return { kind: "refused", reason };
  }
  try {
    const [alias] = await registry.aliasesOf(uri);
    if (alias !== undefined) return { kind: "refused", reason: `The alias ${alias.name} names it.` };
    const missing = await missingSuccessor(item, options);
    if (missing !== undefined) return { kind: "refused", reason: missing };
    const record = await recordOf(source, uri);
    // Gone already: by this run before it was killed, or by hand.
    if (record === undefined) return undefined;
    if (record.keyType !== planned.source.keyType) {
      return { kind: "refused", reason: "It is another key than the plan's." };
    }
    await removeFrom(source, uri);
    return undefined;
  } catch (error) {
    if (!isKeyrailError(error) || error.code === "Aborted" || error.code === "StoreUnavailable") throw error;
    return { kind: "failed", reason: error.message };
  }
}

async function removeFrom(source: Provider, uri: string): Promise<void> {
  try {
    await source.catalog?.remove(uri);
  } catch (error) {
    if (!isKeyrailError(error, "KeyNotFound")) throw error;
  }
}

/** Master keys of keys that stay at the source. */
async function parentsOfStaying({ journal, run }: FinaliseOptions): Promise<ReadonlySet<string>> {
  const parents = new Set<string>();
  for await (const { planned } of journal.items(run, { states: STAYING })) {
    const parent = planned.source.hierarchical?.parent;
    if (parent !== undefined) parents.add(parent);
  }
  return parents;
}

const STAYING: readonly ItemState[] = ["retained", "planned", "made", "waiting", "proved", "failed"];

/** What is wrong with the key at the target; undefined when nothing is. */
async function missingSuccessor(item: JournalItem, { target, signal }: FinaliseOptions): Promise<string | undefined> {
  const { target: uri, targetPublicKey } = item;
  const call = signal === undefined ? {} : { signal };
  if (uri === undefined) return "The journal names no key at the target.";
  const record = await recordOf(target, uri);
  if (record === undefined) return `${uri} is not at the target any more.`;
  if (!isAsymmetric(record.keyType)) return undefined;
  const publicKey = record.publicKey ?? (await target.keys.getPublic(uri, call));
  return encodePublicKey(publicKey) === targetPublicKey
    ? undefined
    : `${uri} has another public key than when it was verified.`;
}

/**
 * Whether a key that was at the target already may be the source's own: two addresses can lead to one device, two paths to
 * one store, and what is retired at the one is gone at the other. A key that the run made is never the old one.
 */
function maybeOneKey({ planned, strategy, target }: JournalItem): boolean {
  return strategy === "adopt" && target !== undefined && parseKeyUri(target).id === planned.source.id;
}

async function recordOf(provider: Provider, uri: string): Promise<KeyRecord | undefined> {
  try {
    return await provider.catalog?.get(uri);
  } catch (error) {
    if (isKeyrailError(error, "KeyNotFound")) return undefined;
    throw error;
  }
}

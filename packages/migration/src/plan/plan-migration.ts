/** The planner: from two open providers to a plan, key by key. */

import { compileCapabilities, type KeyRecord, KeyrailError, type Provider, type PublicKey } from "@keyrail/core";
import { CompactMultimap } from "../compact/compact-multimap.ts";
import { capabilityDigest } from "./capability-digest.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { publicKeyOf, snapshotOf } from "./key-facts.ts";
import { type KeyPlanner, keyPlanner } from "./key-planner.ts";
import {
  type Plan,
  PLAN_VERSION,
  type PlanHeader,
  type PlannedKey,
  type PlannedProvider,
  type PlanOptions,
} from "./plan.ts";
import { isPlanned } from "./plan-options.ts";
import { checkPlanOptions } from "./plan-schema.ts";
import { TargetIndex } from "./target-index.ts";
import { timeOrderedId } from "./time-ordered-id.ts";

/** How far planning is. */
export interface PlanProgress {
  /** `target`: the keys that the target holds already are read. `source`: the source's keys are planned. */
  readonly phase: "target" | "source";
  /** Keys of this phase so far. */
  readonly keys: number;
}

/** What {@link planMigration} takes. */
export interface PlanRequest {
  readonly source: Provider;
  readonly target: Provider;
  readonly options?: Partial<PlanOptions>;
  readonly signal?: AbortSignal;
  /** Called for every key, in the order of the work. */
  readonly onProgress?: (progress: PlanProgress) => void;
}

/**
 * Plans a migration. Read-only: of either provider only `capabilities`, the catalog's list and `getPublic` are used, and
 * not before the keys are asked for. Memory does not grow with the source but by some 30 bytes a key, and by some 150
 * bytes for each key that the target holds.
 *
 * The keys can be read once. Reading rejects with what the providers' lists reject with.
 *
 * @throws KeyrailError `InvalidRequest` when source and target are the same, or for wrong options;
 *   `UnsupportedCapability` when the source can't list its keys.
 */
export function planMigration(request: PlanRequest): Plan {
  const { source, target, options = {} } = request;
  if (source.uri === target.uri) {
    throw new KeyrailError(
      "InvalidRequest",
      `Source and target are both ${source.uri}; a migration goes from one provider to another.`,
      { path: "target" },
    );
  }
  if (source.catalog === undefined || source.capabilities.catalog?.list !== true) {
    throw new KeyrailError(
      "UnsupportedCapability",
      `${source.capabilities.title} can't list its keys, so there is nothing to plan from.`,
      { provider: source.name, operation: "list" },
    );
  }
  const header: PlanHeader = {
    format: "keyrail-migration-plan",
    version: PLAN_VERSION,
    id: timeOrderedId(),
    createdAt: Date.now(),
    source: describe(source),
    target: describe(target),
    options: checkPlanOptions({ noImport: false, ...options }),
  };
  return { header, keys: plannedKeys(request, header) };
}

function describe({ uri, custody, capabilities }: Provider): PlannedProvider {
  const { title, pace } = capabilities;
  return { uri, title, custody, capabilities: capabilityDigest(capabilities), ...(pace === undefined ? {} : { pace }) };
}

async function* plannedKeys(request: PlanRequest, header: PlanHeader): AsyncGenerator<PlannedKey, void, undefined> {
  const { source, target, signal, onProgress } = request;
  const call = signal === undefined ? {} : { signal };
  let read = 0;
  const index = await TargetIndex.read(target, {
    ...call,
    onRecord: () => onProgress?.({ phase: "target", keys: ++read }),
  });
  const planner = keyPlanner({
    header,
    source: compileCapabilities(source.capabilities),
    target: compileCapabilities(target.capabilities),
    sourceExports: source.keyExport !== undefined,
  });
  const copies = new Copies();
  let ordinal = 0;
  for await (const record of source.catalog?.list(call) ?? []) {
    if (!isPlanned(record, header.options)) continue;
    const publicKey = await publicKeyOf(source, record, call);
    yield await planOne({ planner, index, copies, record, publicKey, ordinal });
    ordinal += 1;
    onProgress?.({ phase: "source", keys: ordinal });
  }
}

async function planOne(parts: {
  readonly planner: KeyPlanner;
  readonly index: TargetIndex;
  readonly copies: Copies;
  readonly record: KeyRecord;
  readonly publicKey: PublicKey | undefined;
  readonly ordinal: number;
}): Promise<PlannedKey> {
  const { planner, index, copies, record, publicKey, ordinal } = parts;
  const held = publicKey === undefined ? [] : await index.find(publicKey);
  const key = { ordinal, source: snapshotOf(record, publicKey), thumbprint: publicKey?.thumbprint() };
  if (publicKey === undefined) return planner.plan(key, held, false);
  const planned = planner.plan(key, held, copies.has(publicKey));
  if (planned.strategy === "import") copies.add(publicKey);
  return planned;
}

/** Public keys that the plan brings to the target. */
class Copies {
  readonly #seen = new CompactMultimap();

  has(publicKey: PublicKey): boolean {
    return this.#seen.get(fingerprintOf(publicKey)).next().done !== true;
  }

  add(publicKey: PublicKey): void {
    this.#seen.add(fingerprintOf(publicKey), Uint8Array.of(1));
  }
}

/** Whether a plan still tells the truth about both ends. */

import { hash } from "node:crypto";
import { type CallOptions, type KeyRecord, KeyrailError, type Provider } from "@keyrail/core";
import { CompactMultimap } from "../compact/compact-multimap.ts";
import { capabilityDigest } from "./capability-digest.ts";
import { isAsymmetric } from "../proof/key-types.ts";
import { snapshotOf } from "./key-facts.ts";
import type { KeySnapshot, Plan, PlanHeader, PlanOptions } from "./plan.ts";
import { isPlanned } from "./plan-options.ts";
import { costOfPublicKey } from "./target-index.ts";

/** Something that is no longer as the plan says. */
export interface PlanFinding {
  /** A new key makes no part of the plan wrong, so it is a warning; everything else is a refusal. */
  readonly severity: "refusal" | "warning";
  readonly kind: "capabilities" | "key gone" | "key changed" | "existing key gone" | "new key";
  /** Key URI. */
  readonly key?: string;
  /** One sentence. */
  readonly text: string;
}

/** The result of {@link checkPlan}. */
export interface PlanCheck {
  /** True when there is no refusal. */
  readonly holds: boolean;
  /** The first findings, at most as many as were asked for. */
  readonly findings: readonly PlanFinding[];
  readonly refusals: number;
  readonly warnings: number;
}

/** How a plan is checked. */
export interface CheckPlanOptions extends CallOptions {
  /** Findings to keep; the others are counted. Default 100. */
  readonly maximumFindings?: number;
}

/**
 * Compares a plan with the world: the capability declarations of both ends, every key of the source (present, the same usages,
 * algorithms, names; the same public key where that costs no request), and that the keys to adopt are still at the target.
 * Both lists are read once; memory is some 80 bytes a key.
 *
 * @throws KeyrailError `InvalidRequest` when these are not the providers of the plan.
 */
export async function checkPlan(
  plan: Plan,
  source: Provider,
  target: Provider,
  options: CheckPlanOptions = {},
): Promise<PlanCheck> {
  checkEnds(plan.header, source, target);
  const { maximumFindings = 100, ...call } = options;
  const findings: PlanFinding[] = [];
  const counts = { refusal: 0, warning: 0 };
  const find = (finding: PlanFinding): void => {
    counts[finding.severity] += 1;
    if (findings.length < maximumFindings) findings.push(finding);
  };
  checkCapabilities(plan.header, source, target, find);
  const expected = new ExpectedKeys();
  const adopted = new ExpectedKeys();
  for await (const { source: key, existing } of plan.keys) {
    expected.add(key);
    if (existing !== undefined) adopted.addUri(existing);
  }
  await checkSource(expected, plan.header.options, source, call, find);
  if (adopted.size > 0) await checkTarget(adopted, target, call, find);
  return { holds: counts.refusal === 0, findings, refusals: counts.refusal, warnings: counts.warning };
}

/**
 * As {@link checkPlan}, for those who are about to apply the plan.
 * @throws KeyrailError `PlanOutdated` with the first thing that is no longer so; `InvalidRequest` as {@link checkPlan}.
 */
export async function requirePlanHolds(
  plan: Plan,
  source: Provider,
  target: Provider,
  options: CheckPlanOptions = {},
): Promise<PlanCheck> {
  const check = await checkPlan(plan, source, target, options);
  if (check.holds) return check;
  const first = check.findings.find(({ severity }) => severity === "refusal")?.text ?? "";
  const others = check.refusals - 1;
  const more = others === 0 ? "" : ` ${others} more ${others === 1 ? "thing is" : "things are"} different.`;
  throw new KeyrailError("PlanOutdated", `${first}${more} Nothing was changed; make a new plan.`, {
    plan: plan.header.id,
    differences: check.refusals,
  });
}

type Find = (finding: PlanFinding) => void;

function checkEnds(header: PlanHeader, source: Provider, target: Provider): void {
  for (const [side, planned, given] of [
    ["source", header.source, source],
    ["target", header.target, target],
  ] as const) {
    if (planned.uri === given.uri) continue;
    throw new KeyrailError(
      "InvalidRequest",
      `The plan is for another fleet: its ${side} is ${planned.uri}, and ${given.uri} was given.`,
      { path: side },
    );
  }
}

function checkCapabilities(header: PlanHeader, source: Provider, target: Provider, find: Find): void {
  for (const [planned, { capabilities }] of [
    [header.source, source],
    [header.target, target],
  ] as const) {
    if (planned.capabilities === capabilityDigest(capabilities)) continue;
    const text = `${capabilities.title} declares other capabilities than when the plan was made.`;
    find({ severity: "refusal", kind: "capabilities", text });
  }
}

async function checkSource(
  expected: ExpectedKeys,
  options: PlanOptions,
  source: Provider,
  call: CallOptions,
  find: Find,
): Promise<void> {
  const free = costOfPublicKey(source) === 0;
  for await (const record of source.catalog?.list(call) ?? []) {
    const { uri } = record;
    const difference = expected.compare(await withPublicKey(record, source, free, call));
    if (difference === "unknown") {
      if (isPlanned(record, options)) {
        find({
          severity: "warning",
          kind: "new key",
          key: uri,
          text: `The key ${uri} is new; the plan does not have it.`,
        });
      }
    } else if (difference !== "none") {
      find({
        severity: "refusal",
        kind: "key changed",
        key: uri,
        text: `The ${difference} of ${uri} changed since the plan was made.`,
      });
    }
  }
  for (const uri of expected.unseen()) {
    find({ severity: "refusal", kind: "key gone", key: uri, text: `The key ${uri} is no longer at the source.` });
  }
}

async function checkTarget(adopted: ExpectedKeys, target: Provider, call: CallOptions, find: Find): Promise<void> {
  for await (const { uri } of target.catalog?.list(call) ?? []) adopted.see(uri);
  for (const uri of adopted.unseen()) {
    find({
      severity: "refusal",
      kind: "existing key gone",
      key: uri,
      text: `The key ${uri}, which was to be adopted, is no longer there.`,
    });
  }
}

/** The record as a snapshot, with its public key where that costs nothing. */
async function withPublicKey(
  record: KeyRecord,
  source: Provider,
  free: boolean,
  call: CallOptions,
): Promise<KeySnapshot> {
  if (!isAsymmetric(record.keyType)) return snapshotOf(record, undefined);
  const publicKey = record.publicKey ?? (free ? await source.keys.getPublic(record.uri, call) : undefined);
  return snapshotOf(record, publicKey);
}

const PART_BYTES = 8;
/** What is compared, in this order, each by the first bytes of a hash. */
const PARTS = ["names", "attributes", "public key"] as const;
type Difference = (typeof PARTS)[number] | "none" | "unknown";

/** Keys that ought to be there: digests, and URIs to name those that are not. */
class ExpectedKeys {
  readonly #keys = new CompactMultimap();

  get size(): number {
    return this.#keys.size;
  }

  add(key: KeySnapshot): void {
    this.#keys.add(digestOfUri(key.uri), Buffer.concat([Uint8Array.of(0), ...partsOf(key), Buffer.from(key.uri)]));
  }

  addUri(uri: string): void {
    this.#keys.add(digestOfUri(uri), Buffer.concat([Buffer.alloc(1 + PARTS.length * PART_BYTES), Buffer.from(uri)]));
  }

  see(uri: string): Buffer | undefined {
    let found: Buffer | undefined;
    for (const value of this.#keys.get(digestOfUri(uri))) {
      value[0] = 1;
      found = value;
    }
    return found;
  }

  /** Marks the key as seen and says what is different about it. */
  compare(key: KeySnapshot): Difference {
    const value = this.see(key.uri);
    if (value === undefined) return "unknown";
    const parts = partsOf(key);
    for (const [index, name] of PARTS.entries()) {
      if (name === "public key" && key.publicKey === undefined) continue;
      const begin = 1 + index * PART_BYTES;
      if (parts[index]?.equals(value.subarray(begin, begin + PART_BYTES)) !== true) return name;
    }
    return "none";
  }

  *unseen(): Generator<string, void, undefined> {
    for (const value of this.#keys.values()) {
      if (value[0] === 0) yield value.toString("utf8", 1 + PARTS.length * PART_BYTES);
    }
  }
}

function partsOf({
  label,
  description,
  keyType,
  half,
  usages,
  algorithms,
  extractable,
  hierarchical,
  publicKey,
}: KeySnapshot): Buffer[] {
  const names = [label, description];
  const attributes = [keyType, half, usages, algorithms, extractable, hierarchical];
  return [names, attributes, publicKey].map((part) =>
    hash("sha256", JSON.stringify(part) ?? "", "buffer").subarray(0, PART_BYTES),
  );
}

function digestOfUri(uri: string): Uint8Array {
  return hash("sha256", uri, "buffer");
}

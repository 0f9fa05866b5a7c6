/** Yes or no with the reason and the nearest alternative, from the declaration alone. */

import { ASYMMETRIC_KEY_TYPES, type KeyType } from "../vocabulary.ts";
import { type CompiledCapabilities, compileCapabilities } from "./compile.ts";
import type { CapabilityDeclaration, CapabilityRow, LimitName, Refusal } from "./declaration.ts";
import type { OperationDescriptor } from "./descriptor.ts";
import { describeOperation } from "./describe-operation.ts";

/** The answer when the provider can. */
export interface Supported {
  readonly supported: true;
  readonly row: CapabilityRow;
}

/** The answer when it can't. `limit` is set when only a length is wrong. */
export interface Unsupported {
  readonly supported: false;
  /** A sentence: what can't be done and why. */
  readonly reason: string;
  /** A sentence: the nearest thing that works. */
  readonly nearest?: string;
  readonly limit?: {
    readonly name: LimitName;
    readonly maximum: number;
    readonly minimum: number;
    readonly actual: number;
  };
}

export type Explanation = Supported | Unsupported;

const compiledCache = new WeakMap<CapabilityDeclaration, CompiledCapabilities>();

/**
 * Says whether a provider with these capabilities can do the operation, and if not, why and what comes nearest.
 * Pure: no network, no key. The text is the text of the error that the port would give.
 */
export function explain(
  capabilities: CapabilityDeclaration | CompiledCapabilities,
  descriptor: OperationDescriptor,
): Explanation {
  const compiled = "declaration" in capabilities ? capabilities : compiledOnce(capabilities);
  const rows = candidateRows(compiled, descriptor);
  for (const row of rows) {
    if (mismatch(row, descriptor) === undefined) return { supported: true, row };
  }
  return refuse(compiled, descriptor, rows);
}

function compiledOnce(declaration: CapabilityDeclaration): CompiledCapabilities {
  let compiled = compiledCache.get(declaration);
  if (compiled === undefined) compiledCache.set(declaration, (compiled = compileCapabilities(declaration)));
  return compiled;
}

/** Rows that could match by operation and, where given, key type. */
export function candidateRows(
  compiled: CompiledCapabilities,
  descriptor: OperationDescriptor,
): readonly CapabilityRow[] {
  return descriptor.keyType === undefined
    ? compiled.rows(descriptor.operation)
    : compiled.rowsFor(descriptor.operation, descriptor.keyType);
}

interface Mismatch {
  /** How many of the checks passed before this one: the row with the most is the nearest. */
  readonly depth: number;
  readonly reason: string;
  readonly nearest?: string;
  readonly limit?: Unsupported["limit"];
}

/** The first thing about a row that does not fit, or undefined when all fits. Written for speed: it runs on every call. */
export function mismatch(row: CapabilityRow, asked: OperationDescriptor): Mismatch | undefined {
  if (asked.algorithm !== undefined && row.algorithms !== undefined && !row.algorithms.includes(asked.algorithm)) {
    return { depth: 1, reason: `${asked.algorithm} is not offered`, nearest: `Use ${list(row.algorithms)}.` };
  }
  if (asked.input !== undefined && row.inputs !== undefined && !row.inputs.includes(asked.input)) {
    return { depth: 2, reason: `it takes no ${asked.input}`, nearest: `Give the ${list(row.inputs)}.` };
  }
  if (asked.target !== undefined && row.targets !== undefined && !row.targets.includes(asked.target)) {
    return { depth: 3, reason: `it makes no ${asked.target} key`, nearest: `Possible are ${list(row.targets)}.` };
  }
  if (asked.half !== undefined && row.halves !== undefined && !row.halves.includes(asked.half)) {
    return {
      depth: 3,
      reason: `a key of which only the ${asked.half} half is held can't do it`,
      nearest: `It needs ${list(row.halves)}.`,
    };
  }
  if (asked.usages !== undefined && row.usages !== undefined && !within(asked.usages, row.usages)) {
    const sets = row.usages.map((set) => set.join("+")).join(", or ");
    return {
      depth: 4,
      reason: asked.usages.length === 1 ? `it has no ${asked.usages.join()} usage` : notCombined(asked.usages),
      nearest: `Possible are ${sets}.`,
    };
  }
  if (asked.hierarchical !== undefined && !(row.hierarchical ?? []).includes(asked.hierarchical)) {
    return {
      depth: 5,
      reason: `no ${asked.hierarchical} master key can be made`,
      ...(row.hierarchical === undefined ? {} : { nearest: `Possible are ${list(row.hierarchical)}.` }),
    };
  }
  if (
    asked.keyAlgorithms !== undefined &&
    !(row.keyAlgorithms === undefined ? false : within(asked.keyAlgorithms, row.keyAlgorithms))
  ) {
    const sets = (row.keyAlgorithms ?? []).map((set) => set.join("+")).join(", or ");
    return {
      depth: 6,
      reason: `a key can't be restricted to ${asked.keyAlgorithms.join("+")}`,
      nearest: sets === "" ? "Leave the restriction out." : `Possible are ${sets}.`,
    };
  }
  if (asked.extractable === true && row.extractable !== true) {
    return { depth: 7, reason: "keys can't be made extractable", nearest: "Make it non-extractable." };
  }
  if (asked.extractable === false && row.always?.includes("extractable") === true) {
    return {
      depth: 7,
      reason: "every key can be exported",
      nearest: "Leave `extractable` out, and take the key for one that can be exported.",
    };
  }
  if (
    asked.privateFormat !== undefined &&
    row.privateFormats !== undefined &&
    !row.privateFormats.includes(asked.privateFormat)
  ) {
    return {
      depth: 8,
      reason: `a private key in the form "${asked.privateFormat}" is not taken`,
      nearest: `Give it as ${list(row.privateFormats)}.`,
    };
  }
  if (asked.format !== undefined && row.formats !== undefined && !row.formats.includes(asked.format)) {
    return { depth: 9, reason: `the encoding ${asked.format} is not offered`, nearest: `Use ${list(row.formats)}.` };
  }
  if (asked.parameters !== undefined) {
    for (const parameter of asked.parameters) {
      if (row.parameters?.includes(parameter) !== true) {
        return { depth: 10, reason: `"${parameter}" can't be given`, nearest: "Leave it out." };
      }
    }
  }
  return asked.sizes === undefined || row.limits === undefined ? undefined : oversize(row, asked.sizes);
}

function notCombined(usages: readonly string[]): string {
  return `the usages ${usages.join("+")} can't be combined`;
}

function oversize(row: CapabilityRow, sizes: NonNullable<OperationDescriptor["sizes"]>): Mismatch | undefined {
  const limits = row.limits ?? {};
  let name: LimitName;
  for (name in limits) {
    const range = limits[name];
    const actual = sizes[name];
    if (range === undefined || actual === undefined) continue;
    if (actual < range.minimum || actual > range.maximum) {
      const span = range.minimum === range.maximum ? `${range.minimum}` : `${range.minimum} to ${range.maximum}`;
      return {
        depth: 11,
        reason: `the ${words(name)} has ${actual} bytes, allowed are ${span}`,
        limit: { name, maximum: range.maximum, minimum: range.minimum, actual },
      };
    }
  }
  return undefined;
}

function refuse(
  compiled: CompiledCapabilities,
  descriptor: OperationDescriptor,
  rows: readonly CapabilityRow[],
): Unsupported {
  const { declaration } = compiled;
  const what = describeOperation(descriptor);
  const own = declaration.refusals?.find((refusal) => applies(refusal, descriptor));
  let best: Mismatch | undefined;
  for (const row of rows) {
    const found = mismatch(row, descriptor);
    if (found !== undefined && (best === undefined || found.depth > best.depth)) best = found;
  }
  if (best?.limit !== undefined) {
    return { supported: false, reason: `${declaration.title}: ${what}: ${best.reason}.`, limit: best.limit };
  }
  if (own !== undefined) {
    return { supported: false, reason: `${declaration.title} can't ${what}: ${own.reason}`, nearest: own.alternative };
  }
  if (best !== undefined) {
    return {
      supported: false,
      reason: `${declaration.title} can't ${what}: ${best.reason}.`,
      ...(best.nearest === undefined ? {} : { nearest: best.nearest }),
    };
  }
  const nearest = nearestKeyTypes(compiled, descriptor);
  return {
    supported: false,
    reason: `${declaration.title} can't ${what}.`,
    ...(nearest === undefined ? {} : { nearest }),
  };
}

function applies(refusal: Refusal, asked: OperationDescriptor): boolean {
  const operations = typeof refusal.operation === "string" ? [refusal.operation] : refusal.operation;
  return (
    operations.includes(asked.operation) &&
    (refusal.keyTypes === undefined || (asked.keyType !== undefined && refusal.keyTypes.includes(asked.keyType))) &&
    (refusal.algorithms === undefined ||
      (asked.algorithm !== undefined && refusal.algorithms.includes(asked.algorithm))) &&
    (refusal.input === undefined || refusal.input === asked.input)
  );
}

/** Key types on which the provider can do the operation, those of the same family first. */
function nearestKeyTypes(compiled: CompiledCapabilities, asked: OperationDescriptor): string | undefined {
  const types = new Set<KeyType>();
  for (const row of compiled.rows(asked.operation)) {
    for (const keyType of row.keyTypes) if (keyType !== asked.keyType) types.add(keyType);
  }
  if (types.size === 0) return undefined;
  const wanted = asked.keyType;
  const ordered = [...types];
  if (wanted !== undefined) {
    ordered.sort((left, right) => affinity(wanted, right) - affinity(wanted, left));
    const best = ordered[0];
    if (best !== undefined && affinity(wanted, best) > 0) {
      return `Nearest: ${list(ordered.filter((type) => affinity(wanted, type) === affinity(wanted, best)))}.`;
    }
  }
  return `It can do so with ${list(ordered)}.`;
}

/** Rough nearness of two key types: same family 3, same purpose 2, both asymmetric or both symmetric 1. */
function affinity(left: KeyType, right: KeyType): number {
  const family = (type: KeyType): string => type.replace(/-?\d+$/, "");
  if (family(left) === family(right)) return 3;
  if (PURPOSE[left].some((purpose) => PURPOSE[right].includes(purpose))) return 2;
  const asymmetric: readonly KeyType[] = ASYMMETRIC_KEY_TYPES;
  return asymmetric.includes(left) === asymmetric.includes(right) ? 1 : 0;
}

const PURPOSE: Readonly<Record<KeyType, readonly string[]>> = {
  "P-256": ["ec-sign", "agree"],
  "P-384": ["ec-sign", "agree"],
  "P-521": ["ec-sign", "agree"],
  secp256k1: ["ec-sign", "agree"],
  stark: ["ec-sign"],
  Ed25519: ["ec-sign"],
  Ed448: ["ec-sign"],
  X25519: ["agree"],
  X448: ["agree"],
  "ML-KEM-512": ["kem"],
  "ML-KEM-768": ["kem"],
  "ML-KEM-1024": ["kem"],
  "ML-DSA-44": ["pq-sign"],
  "ML-DSA-65": ["pq-sign"],
  "ML-DSA-87": ["pq-sign"],
  "HMAC-SHA-256": ["mac"],
  "HMAC-SHA-384": ["mac"],
  "HMAC-SHA-512": ["mac"],
  "HMAC-SHA3-256": ["mac"],
  "HMAC-SHA3-384": ["mac"],
  "HMAC-SHA3-512": ["mac"],
  "AES-128": ["cipher"],
  "AES-192": ["cipher"],
  "AES-256": ["cipher"],
};

function within<Item>(asked: readonly Item[], sets: readonly (readonly Item[])[]): boolean {
  return sets.some((set) => asked.every((item) => set.includes(item)));
}

function list(items: readonly string[]): string {
  return items.length <= 1 ? (items[0] ?? "nothing") : `${items.slice(0, -1).join(", ")} or ${items[items.length - 1]}`;
}

function words(name: LimitName): string {
  return name === "additionalData" ? "additional data" : name;
}

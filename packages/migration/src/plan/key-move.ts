/** Whether one kind of key can move from one provider to another, and how: decided by capability rows alone. */

import {
  type Algorithm,
  ASYMMETRIC_KEY_TYPES,
  type CompiledCapabilities,
  type DerivationAlgorithm,
  explain,
  type KeyHalf,
  type KeyType,
  type OperationDescriptor,
  PRIVATE_KEY_BYTES,
  type PrivateKeyFormat,
  type Usage,
} from "@keyrail/core";
import { type KeyUse, nameOfUse, requiredUses, type UsableKey, usesOf } from "./key-uses.ts";
import { findMaking, type Making, type Means, type Refused, refusedBy } from "./making.ts";
import type { PlanOptions } from "./plan.ts";

/** What keys of a plan have in common when they are planned alike: everything but identity and names. */
export interface KeyShape {
  readonly keyType: KeyType;
  readonly half: KeyHalf;
  readonly usages: readonly Usage[];
  readonly algorithms?: readonly Algorithm[];
  readonly extractable: boolean;
  readonly master?: DerivationAlgorithm;
  /** A child of a master key. */
  readonly child: boolean;
}

/** Both ends of a migration. */
export interface Ends {
  readonly source: CompiledCapabilities;
  readonly target: CompiledCapabilities;
  /** Whether the source's `keyExport` port is there. */
  readonly sourceExports: boolean;
}

/** What can be done for keys of one shape. */
export interface Move {
  readonly shape: KeyShape;
  /** The old key's uses. */
  readonly uses: readonly KeyUse[];
  /** Of each group one is kept. */
  readonly required: readonly (readonly KeyUse[])[];
  readonly way:
    | { readonly strategy: "import" | "rotate"; readonly making: Making; readonly notImported?: string }
    | { readonly strategy: "retain"; readonly reason: string; readonly lacks?: OperationDescriptor };
}

/** Decides for one shape. */
export function decideMove(shape: KeyShape, ends: Ends, options: PlanOptions): Move {
  const uses = usesOf(ends.source, shape);
  const dropped = options.dropAlgorithms ?? [];
  const required = requiredUses(shape, uses, dropped);
  return { shape, uses, required, way: findWay(shape, required, ends, options) };
}

function findWay(shape: KeyShape, required: Move["required"], ends: Ends, options: PlanOptions): Move["way"] {
  const means = exportOf(shape, ends, options);
  const imported = "reason" in means ? undefined : replace(shape, required, ends.target, means, options);
  if (imported !== undefined && "made" in imported) return { strategy: "import", making: imported };
  if (!needsSecret(shape)) {
    // What only verifies is as good with its public half alone, and another key would be no use.
    const asPublic = { ...shape, half: "public", extractable: false } as const;
    const making = replace(asPublic, required, ends.target, { operation: "import:public" }, options);
    return "made" in making ? { strategy: "import", making } : retained(making);
  }
  const created = replace(shape, required, ends.target, { operation: "create" }, options);
  if (!("made" in created)) return retained(created);
  // Why it is not imported, for the reason of what is done in its place.
  const notImported = "reason" in means ? means.reason : (imported?.reason ?? "");
  if (shape.half === "secret" && options.retainSecretKeys === true) {
    return {
      strategy: "retain",
      reason: `${notImported} A new secret key could take its place; the plan was made to leave secret keys where they are.`,
    };
  }
  return { strategy: "rotate", making: created, notImported };
}

/** Whether a usage of the key needs more than its public half. */
function needsSecret({ half, usages }: KeyShape): boolean {
  return half !== "public" && usages.some((usage) => usage !== "verify");
}

function retained({ lacks, reason, nearest }: Refused): Move["way"] {
  return { strategy: "retain", reason: nearest === undefined ? reason : `${reason} ${nearest}`, lacks };
}

/** How the source gives the key, or why it does not. */
function exportOf(
  shape: KeyShape,
  { source, sourceExports }: Ends,
  options: PlanOptions,
): Means | { readonly reason: string } {
  const { keyType, half } = shape;
  if (half === "public") return { operation: "import:public" };
  const { title } = source.declaration;
  if (options.noImport) return { reason: "The plan was made to export nothing." };
  const answer = explain(source, { operation: "export", keyType, half });
  if (!answer.supported) return { reason: answer.reason };
  if (!sourceExports || !shape.extractable)
    return { reason: `${title} does not give this key out: it is not extractable.` };
  if (half === "secret") return { operation: "import:secret" };
  const formats = answer.row.privateFormats ?? ALL_FORMATS;
  return { operation: "import:private", formats: formats.filter((format) => isFormatOf(keyType, format)) };
}

const ALL_FORMATS: readonly PrivateKeyFormat[] = ["scalar", "seed", "expanded"];

function isFormatOf(keyType: KeyType, format: PrivateKeyFormat): boolean {
  const asymmetric = ASYMMETRIC_KEY_TYPES.find((type) => type === keyType);
  return asymmetric !== undefined && PRIVATE_KEY_BYTES[asymmetric][format] !== undefined;
}

/** A request that makes a key with every required use, or what the target refuses. */
function replace(
  shape: KeyShape,
  required: Move["required"],
  target: CompiledCapabilities,
  means: Means,
  options: PlanOptions,
): Making | Refused {
  const { keyType } = shape;
  let refused = refusedBy(target, { operation: means.operation, keyType });
  if (refused !== undefined) return refused;
  for (const restriction of restrictions(shape, required, options)) {
    const making = findMaking(target, shape, means, restriction);
    const missing = "made" in making ? missingUse(target, making.made, required) : making;
    if (missing === undefined && "made" in making) return making;
    refused ??= missing;
  }
  // That it can't be used so is the better reason than that it can't be made so.
  const use = refusedUse(target, shape, required) ?? refused;
  if (use === undefined) throw new TypeError("There is always one restriction to try: none.");
  return use;
}

/** The first required use that the target offers to no key of the type. */
function refusedUse(target: CompiledCapabilities, shape: KeyShape, required: Move["required"]): Refused | undefined {
  for (const group of required) {
    const refusals = group.map((use) => refusedBy(target, descriptorOfUse(use, shape)));
    if (!refusals.includes(undefined)) return refusals[0];
  }
  return undefined;
}

/**
 * Restrictions to algorithms to try: the key's own, then none; for a key without one none, then the algorithms it needs,
 * since some vendors choose the kind of key by them.
 */
function restrictions(
  { algorithms, master }: KeyShape,
  required: Move["required"],
  { dropAlgorithms = [] }: PlanOptions,
): readonly (readonly Algorithm[] | undefined)[] {
  if (algorithms !== undefined) {
    const kept = algorithms.filter((algorithm) => !dropAlgorithms.includes(algorithm));
    if (kept.length === 0) return [undefined];
    const derives = required.some(([use]) => use?.operation === "derive:hd");
    // Where the derivation of children is an algorithm that a key can be restricted to, it has to be named as well.
    if (master === undefined || !derives || kept.includes(master)) return [kept, undefined];
    return [[...kept, master], kept, undefined];
  }
  const needed = required.flatMap(([use]) => (use?.algorithm === undefined ? [] : [use.algorithm]));
  return needed.length === 0 ? [undefined] : [undefined, [...new Set(needed)]];
}

/** The first required use that the new key would not have, though perhaps another key of its type. */
function missingUse(target: CompiledCapabilities, made: UsableKey, required: Move["required"]): Refused | undefined {
  const offered = new Set(usesOf(target, made).map(nameOfUse));
  const missing = required.find((group) => !group.some((use) => offered.has(nameOfUse(use))));
  if (missing === undefined) return undefined;
  const algorithms = [...new Set(required.flatMap(algorithmOf))];
  return {
    lacks: { operation: "create", keyType: made.keyType, usages: made.usages, keyAlgorithms: algorithms },
    reason: `${target.declaration.title} has no one kind of key that can do all this one is used for: ${algorithms.join(", ")}.`,
  };
}

function algorithmOf([use]: readonly KeyUse[]): readonly Algorithm[] {
  return use?.algorithm === undefined ? [] : [use.algorithm];
}

/** A use as `explain` is asked about it. */
export function descriptorOfUse(
  { operation, algorithm, input, target }: KeyUse,
  { keyType, half }: UsableKey,
): OperationDescriptor {
  return {
    operation,
    keyType,
    half,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(input === undefined ? {} : { input }),
    ...(target === undefined ? {} : { target }),
  };
}

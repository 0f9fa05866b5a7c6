/** What a key can be used for at a provider, read from its capability rows. */

import {
  type Algorithm,
  type CapabilityRow,
  type CompiledCapabilities,
  type DerivationAlgorithm,
  type KeyHalf,
  type KeyType,
  type Operation,
  OPERATIONS,
  requiredUsage,
  type Usage,
} from "@keyrail/core";

/** The facts of a key that its uses follow from. */
export interface UsableKey {
  readonly keyType: KeyType;
  readonly half: KeyHalf;
  readonly usages: readonly Usage[];
  /** The only algorithms it may be used with; absent: all of its type. */
  readonly algorithms?: readonly Algorithm[];
  /** The derivation of its children, on a master key. */
  readonly master?: DerivationAlgorithm;
}

/** One way to use a key: one operation, with one algorithm, on one form of input. */
export interface KeyUse {
  readonly usage: Usage;
  readonly operation: Operation;
  readonly algorithm?: Algorithm;
  readonly input?: "message" | "digest";
  /** `derive:ecdh`: the type of the key it makes. */
  readonly target?: KeyType;
  /** The row that offers it. */
  readonly row: CapabilityRow;
}

/** Every way to use a key. */
export function usesOf(capabilities: CompiledCapabilities, key: UsableKey): KeyUse[] {
  const uses: KeyUse[] = [];
  for (const operation of OPERATIONS) {
    const usage = requiredUsage(operation);
    if (usage === undefined || !key.usages.includes(usage)) continue;
    if (operation === "derive:hd" && !derivesChildren(capabilities, key)) continue;
    for (const row of capabilities.rowsFor(operation, key.keyType)) {
      if (row.halves !== undefined && !row.halves.includes(key.half)) continue;
      uses.push(...usesOfRow(row, usage, key));
    }
  }
  return uses;
}

/** Whether a restriction lets a master key derive: it says nothing of that where no key could be restricted so. */
function derivesChildren(capabilities: CompiledCapabilities, { keyType, master, algorithms }: UsableKey): boolean {
  if (master === undefined) return false;
  if (algorithms === undefined || algorithms.includes(master)) return true;
  const rows = capabilities.rowsFor("create", keyType);
  return !rows.some(({ keyAlgorithms }) => keyAlgorithms?.some((set) => set.includes(master)) === true);
}

function usesOfRow(row: CapabilityRow, usage: Usage, key: UsableKey): KeyUse[] {
  const { operation } = row;
  const allowed =
    operation === "derive:hd" && key.master !== undefined
      ? [key.master]
      : row.algorithms?.filter((algorithm) => key.algorithms?.includes(algorithm) ?? true);
  return choices(allowed).flatMap((algorithm) =>
    choices(row.inputs).flatMap((input) =>
      choices(row.targets).map((target) => ({
        usage,
        operation,
        ...(algorithm === undefined ? {} : { algorithm }),
        ...(input === undefined ? {} : { input }),
        ...(target === undefined ? {} : { target }),
        row,
      })),
    ),
  );
}

/** The items, or nothing once where a row names none. */
function choices<Item>(items: readonly Item[] | undefined): readonly (Item | undefined)[] {
  return items ?? [undefined];
}

/** A use in a few words, equal for equal uses: "sign ES256K (message)". */
export function nameOfUse({ operation, algorithm, input, target }: KeyUse): string {
  return [operation, algorithm, target === undefined ? undefined : `into ${target}`, input && `(${input})`]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** The signature algorithm that a key type without a restriction is first of all for. */
const SIGNATURE_OF: Readonly<Partial<Record<KeyType, Algorithm>>> = {
  "P-256": "ES256",
  "P-384": "ES384",
  "P-521": "ES512",
  secp256k1: "ES256K",
  stark: "ECDSA",
  Ed25519: "Ed25519",
  Ed448: "Ed448",
  "ML-DSA-44": "ML-DSA-44",
  "ML-DSA-65": "ML-DSA-65",
  "ML-DSA-87": "ML-DSA-87",
};

/**
 * The uses that must still be possible when the key has moved, in groups: of each group one use is enough.
 *
 * - Verifying needs the public half alone, which everybody has; it counts only for a key that has nothing else.
 * - A key restricted to algorithms needs every one of them. One without a restriction needs the signature algorithm its
 *   type is named for, and every algorithm of its other operations but padded key wrapping.
 * - Of the forms of input one is enough, since who has the message can make the digest.
 * - A master key needs its children's derivation; any other key with the usage `derive` needs to make stored keys, of
 *   one type at least, or outputs.
 *
 * @param dropped algorithms that nobody uses any more.
 */
export function requiredUses(
  key: UsableKey,
  uses: readonly KeyUse[],
  dropped: readonly Algorithm[],
): readonly (readonly KeyUse[])[] {
  const groups = new Map<string, KeyUse[]>();
  for (const use of uses) {
    if (!isRequired(use, key, uses, dropped)) continue;
    const name = `${use.operation} ${use.algorithm ?? ""}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [use]);
    else group.push(use);
  }
  return [...groups.values()];
}

function isRequired(use: KeyUse, key: UsableKey, uses: readonly KeyUse[], dropped: readonly Algorithm[]): boolean {
  const { operation, algorithm } = use;
  if (algorithm !== undefined && dropped.includes(algorithm)) return false;
  const restricted = key.algorithms !== undefined;
  switch (operation) {
    case "verify":
      return key.half === "public" && (restricted || isMain(use, key, uses));
    case "sign":
      return restricted || isMain(use, key, uses);
    case "wrap":
    case "unwrap":
      return restricted || algorithm?.endsWith("KWP") !== true;
    case "derive:ecdh":
      return key.master === undefined || key.algorithms?.includes("ECDH-HKDF-SHA-256") === true;
    case "derive-output":
      return restricted || (key.master === undefined && !uses.some((other) => other.operation === "derive:ecdh"));
    default:
      return true;
  }
}

/** Whether the use is with the algorithm its type is named for; where the provider has not that one, each one counts. */
function isMain(use: KeyUse, key: UsableKey, uses: readonly KeyUse[]): boolean {
  const main = SIGNATURE_OF[key.keyType];
  const offered = uses.some(({ operation, algorithm }) => operation === use.operation && algorithm === main);
  return !offered || use.algorithm === main;
}

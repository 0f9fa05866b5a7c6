/** What a new key may do when the user does not say. */

import type { CapabilityDeclaration, KeyHalf, KeyType, Operation, Usage } from "@keyrail/core";

const SIGNS = ["sign", "verify"] as const;
const AGREES = ["agree", "derive"] as const;

/** The usual purpose of each key type. An elliptic-curve key signs unless it is told to agree: one key, one purpose. */
const DEFAULT_USAGES: Readonly<Record<KeyType, readonly Usage[]>> = {
  "P-256": SIGNS,
  "P-384": SIGNS,
  "P-521": SIGNS,
  secp256k1: SIGNS,
  stark: SIGNS,
  Ed25519: SIGNS,
  Ed448: SIGNS,
  X25519: AGREES,
  X448: AGREES,
  "ML-KEM-512": ["encapsulate"],
  "ML-KEM-768": ["encapsulate"],
  "ML-KEM-1024": ["encapsulate"],
  "ML-DSA-44": SIGNS,
  "ML-DSA-65": SIGNS,
  "ML-DSA-87": SIGNS,
  "HMAC-SHA-256": ["mac"],
  "HMAC-SHA-384": ["mac"],
  "HMAC-SHA-512": ["mac"],
  "HMAC-SHA3-256": ["mac"],
  "HMAC-SHA3-384": ["mac"],
  "HMAC-SHA3-512": ["mac"],
  "AES-128": ["encrypt"],
  "AES-192": ["encrypt"],
  "AES-256": ["encrypt"],
};

const PUBLIC_USAGES: ReadonlySet<Usage> = new Set<Usage>(["verify", "agree", "encapsulate"]);

/** The usages of a key of this type when the user names none. */
export function defaultUsages(keyType: KeyType, half: KeyHalf = "private"): readonly Usage[] {
  const usages = DEFAULT_USAGES[keyType];
  return half === "public" ? usages.filter((usage) => PUBLIC_USAGES.has(usage)) : usages;
}

/** What a key is to be made by. */
export interface NewKey {
  readonly operation: Operation;
  readonly keyType: KeyType;
  readonly half?: KeyHalf;
  /** A master key derives its children, so it is given `derive` too. */
  readonly hierarchical?: boolean;
}

/**
 * The default usages a provider allows for a new key: all of {@link defaultUsages} where one of its rows has them, else
 * as many of them as one row has. Usages the user names are never changed.
 */
export function usagesFor(capabilities: CapabilityDeclaration, key: NewKey): readonly Usage[] {
  const wanted = [...defaultUsages(key.keyType, key.half)];
  if (key.hierarchical === true && !wanted.includes("derive")) wanted.push("derive");
  let best: readonly Usage[] = [];
  for (const row of capabilities.rows) {
    if (row.operation !== key.operation || !row.keyTypes.includes(key.keyType)) continue;
    if (row.usages === undefined) return wanted;
    for (const set of row.usages) {
      const common = wanted.filter((usage) => set.includes(usage));
      if (common.length > best.length) best = common;
    }
  }
  return best.length === 0 ? wanted : best;
}

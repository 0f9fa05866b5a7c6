/** Which keys can be derived from which: a derived key needs no more bytes than the ECDH secret has. */

import type { CapabilityRow, Evidence, Usage } from "@keyrail/core";
import { type DeviceKeyType, TYPE_USAGES } from "./mapping.ts";

/** Bytes of the ECDH secret of each source (encedo-hem.md, section 4). */
const SOURCES = { "P-256": 32, secp256k1: 32, X25519: 32, "P-384": 48, X448: 56, "P-521": 66 } as const;

/** Bytes a key of each target takes: all types but the post-quantum ones. */
const TARGETS = {
  "AES-128": 16,
  "AES-192": 24,
  "AES-256": 32,
  "P-256": 32,
  secp256k1: 32,
  Ed25519: 32,
  X25519: 32,
  "HMAC-SHA-256": 32,
  "HMAC-SHA3-256": 32,
  "P-384": 48,
  "HMAC-SHA-384": 48,
  "HMAC-SHA3-384": 48,
  X448: 56,
  Ed448: 57,
  "HMAC-SHA-512": 64,
  "HMAC-SHA3-512": 64,
  "P-521": 66,
} as const satisfies Partial<Record<DeviceKeyType, number>>;

type Target = keyof typeof TARGETS;

const DOCUMENTED: Evidence = { tier: "documented", reference: "encedo-hem.md, section 5, derive" };
/** Seen for one pair (X25519 into P-521 is refused); that shorter secrets give no longer key is taken from that. */
const BY_LENGTH: Evidence = {
  tier: "assumed",
  reference: "encedo-hem.md, section 5, derive: the length rule was seen for X25519 into P-521 only",
};

const NOTE =
  "one source, one peer and one type give one key, once; the device's derivation can't be recomputed outside of it";
const SCALAR_NOTE = `${NOTE}; about to one in 2^32, what a pair gives is no valid scalar and the device refuses it for good`;

/** Sources of one length, with the targets that fit and are used alike. */
function rowsOf(bytes: number): CapabilityRow[] {
  const sources = names(SOURCES).filter((source) => SOURCES[source] === bytes);
  const byUsages = new Map<string, { readonly usages: readonly Usage[]; readonly targets: Target[] }>();
  for (const target of names(TARGETS)) {
    if (TARGETS[target] > bytes) continue;
    const usages = TYPE_USAGES[target];
    const group = byUsages.get(usages.join()) ?? { usages, targets: [] };
    group.targets.push(target);
    byUsages.set(usages.join(), group);
  }
  return [...byUsages.values()].map(({ usages, targets }) => ({
    keyTypes: sources,
    operation: "derive:ecdh",
    algorithms: ["ECDH-HKDF-SHA-256"],
    targets,
    usages: [usages],
    parameters: ["peerKey"],
    halves: ["private"],
    note: usages.includes("sign") && usages.includes("derive") ? SCALAR_NOTE : NOTE,
    evidence: bytes === 32 ? DOCUMENTED : BY_LENGTH,
  }));
}

function names<Name extends string>(table: Readonly<Record<Name, number>>): Name[] {
  const all: Name[] = [];
  let name: Name;
  for (name in table) all.push(name);
  return all;
}

/** One row per length of secret and usages of the derived key. */
export const DERIVATION_ROWS: readonly CapabilityRow[] = [32, 48, 56, 66].flatMap(rowsOf);

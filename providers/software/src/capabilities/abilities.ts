/** What each key type can do in this provider: the table that the capability rows and the usage checks are made of. */

import {
  type AgreementAlgorithm,
  type Algorithm,
  ASYMMETRIC_KEY_TYPES,
  type AsymmetricKeyType,
  type CipherAlgorithm,
  type DerivationAlgorithm,
  type KemAlgorithm,
  type KeyType,
  type MacAlgorithm,
  type SignatureAlgorithm,
  type SymmetricKeyType,
  type Usage,
  type WrapAlgorithm,
} from "@keyrail/core";

/** The algorithms of a key type, by operation; an empty list: it has no such operation. */
export interface Abilities {
  readonly signature: readonly SignatureAlgorithm[];
  readonly agreement: readonly AgreementAlgorithm[];
  readonly mac: readonly MacAlgorithm[];
  readonly cipher: readonly CipherAlgorithm[];
  readonly wrap: readonly WrapAlgorithm[];
  readonly kem: readonly KemAlgorithm[];
  /** Schemes a master key of this type can be made for. */
  readonly hierarchical: readonly DerivationAlgorithm[];
  /** Whether it makes stored keys by agreement. */
  readonly derivesByAgreement: boolean;
  /** Whether it makes deterministic outputs (GLOW20). */
  readonly derivesOutputs: boolean;
}

const NONE: Abilities = {
  signature: [],
  agreement: [],
  mac: [],
  cipher: [],
  wrap: [],
  kem: [],
  hierarchical: [],
  derivesByAgreement: false,
  derivesOutputs: false,
};
const ECDSA = [
  "ECDSA-SHA-256",
  "ECDSA-SHA-384",
  "ECDSA-SHA-512",
  "ECDSA",
] as const satisfies readonly SignatureAlgorithm[];
const AGREES = { ...NONE, derivesByAgreement: true };
const ECDH = { ...AGREES, agreement: ["ECDH"] } as const satisfies Abilities;

/** The table. */
export const ABILITIES: Readonly<Record<KeyType, Abilities>> = {
  "P-256": { ...ECDH, signature: ["ES256", ...ECDSA], hierarchical: ["SLIP10"] },
  "P-384": { ...ECDH, signature: ["ES384", ...ECDSA] },
  "P-521": { ...ECDH, signature: ["ES512", ...ECDSA] },
  secp256k1: {
    ...ECDH,
    signature: ["ES256K", ...ECDSA, "BIP340", "BIP341"],
    hierarchical: ["BIP32", "SLIP10"],
    derivesOutputs: true,
  },
  stark: { ...ECDH, signature: ["ECDSA"], hierarchical: ["STARK-HD"] },
  Ed25519: { ...NONE, signature: ["Ed25519", "Ed25519ph", "Ed25519ctx"], hierarchical: ["SLIP10", "EDWARDS-HD"] },
  Ed448: { ...NONE, signature: ["Ed448", "Ed448ph"] },
  X25519: { ...AGREES, agreement: ["X25519"], hierarchical: ["SLIP10"] },
  X448: { ...AGREES, agreement: ["X448"] },
  "ML-KEM-512": { ...NONE, kem: ["ML-KEM-512"] },
  "ML-KEM-768": { ...NONE, kem: ["ML-KEM-768"] },
  "ML-KEM-1024": { ...NONE, kem: ["ML-KEM-1024"] },
  "ML-DSA-44": { ...NONE, signature: ["ML-DSA-44"] },
  "ML-DSA-65": { ...NONE, signature: ["ML-DSA-65"] },
  "ML-DSA-87": { ...NONE, signature: ["ML-DSA-87"] },
  "HMAC-SHA-256": { ...NONE, mac: ["HS256"] },
  "HMAC-SHA-384": { ...NONE, mac: ["HS384"] },
  "HMAC-SHA-512": { ...NONE, mac: ["HS512"] },
  "HMAC-SHA3-256": { ...NONE, mac: ["HMAC-SHA3-256"] },
  "HMAC-SHA3-384": { ...NONE, mac: ["HMAC-SHA3-384"] },
  "HMAC-SHA3-512": { ...NONE, mac: ["HMAC-SHA3-512"] },
  "AES-128": { ...NONE, cipher: ["A128GCM", "A128CBC"], wrap: ["A128KW", "A128KWP"] },
  "AES-192": { ...NONE, cipher: ["A192GCM", "A192CBC"], wrap: ["A192KW", "A192KWP"] },
  "AES-256": { ...NONE, cipher: ["A256GCM", "A256CBC"], wrap: ["A256KW", "A256KWP"] },
};

/** Length in bytes of the key a derivation by agreement makes: the hash's output, the cipher's key, the standard's seed. */
export const DERIVED_KEY_BYTES: Readonly<Partial<Record<KeyType, number>>> = {
  Ed25519: 32,
  Ed448: 57,
  X25519: 32,
  X448: 56,
  "ML-KEM-512": 64,
  "ML-KEM-768": 64,
  "ML-KEM-1024": 64,
  "ML-DSA-44": 32,
  "ML-DSA-65": 32,
  "ML-DSA-87": 32,
  "HMAC-SHA-256": 32,
  "HMAC-SHA-384": 48,
  "HMAC-SHA-512": 64,
  "HMAC-SHA3-256": 32,
  "HMAC-SHA3-384": 48,
  "HMAC-SHA3-512": 64,
  "AES-128": 16,
  "AES-192": 24,
  "AES-256": 32,
};

/** The algorithm of `derive` by agreement. */
export const ECDH_DERIVATION: DerivationAlgorithm = "ECDH-HKDF-SHA-256";

/** Whether a key type has a public half. */
export function isAsymmetric(keyType: KeyType): keyType is AsymmetricKeyType {
  return ASYMMETRIC.has(keyType);
}

/** Whether a key type is one secret byte string. */
export function isSymmetric(keyType: KeyType): keyType is SymmetricKeyType {
  return !ASYMMETRIC.has(keyType);
}

const ASYMMETRIC: ReadonlySet<KeyType> = new Set(ASYMMETRIC_KEY_TYPES);

/** What a key of this type with its private or secret half may be allowed to do. */
export function usagesOf(keyType: KeyType): readonly Usage[] {
  const { signature, agreement, mac, cipher, wrap, kem, hierarchical, derivesByAgreement, derivesOutputs } =
    ABILITIES[keyType];
  const usages: Usage[] = [];
  if (signature.length > 0) usages.push("sign", "verify");
  if (agreement.length > 0) usages.push("agree");
  if (mac.length > 0) usages.push("mac");
  if (cipher.length > 0) usages.push("encrypt");
  if (wrap.length > 0) usages.push("wrap");
  if (kem.length > 0) usages.push("encapsulate");
  if (hierarchical.length > 0 || derivesByAgreement || derivesOutputs) usages.push("derive");
  return usages;
}

/** What a public key alone may be allowed to do. `agree`: to be the peer. */
export function publicUsagesOf(keyType: KeyType): readonly Usage[] {
  return usagesOf(keyType).filter((usage) => usage === "verify" || usage === "agree" || usage === "encapsulate");
}

/** Every algorithm a key of this type can be restricted to. */
export function algorithmsOf(keyType: KeyType): readonly Algorithm[] {
  const { signature, agreement, mac, cipher, wrap, kem, hierarchical, derivesByAgreement, derivesOutputs } =
    ABILITIES[keyType];
  const derivations: readonly Algorithm[] = [
    ...hierarchical,
    ...(derivesByAgreement ? [ECDH_DERIVATION] : []),
    ...(derivesOutputs ? (["GLOW20"] as const) : []),
  ];
  return [...new Set<Algorithm>([...signature, ...agreement, ...mac, ...cipher, ...wrap, ...kem, ...derivations])];
}

/**
 * The closed vocabulary of Keyrail: key types, usages, algorithms, operations, custody.
 *
 * Names are those of the field: NIST/SEC curve names as in RFC 7518 and RFC 8037, FIPS 203/204
 * parameter sets, JOSE/COSE algorithm names where IANA has one. A name Keyrail had to choose
 * itself says so in its comment.
 */

/** What a key is. One entry per parameter set: the type alone fixes every byte length. */
export const KEY_TYPES = [
  "P-256",
  "P-384",
  "P-521",
  "secp256k1",
  /** The STARK-friendly curve of Starknet. */
  "stark",
  "Ed25519",
  "Ed448",
  "X25519",
  "X448",
  "ML-KEM-512",
  "ML-KEM-768",
  "ML-KEM-1024",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
  "HMAC-SHA-256",
  "HMAC-SHA-384",
  "HMAC-SHA-512",
  "HMAC-SHA3-256",
  "HMAC-SHA3-384",
  "HMAC-SHA3-512",
  "AES-128",
  "AES-192",
  "AES-256",
] as const;

/** What a key is (design.md, section 2). */
export type KeyType = (typeof KEY_TYPES)[number];

/** Key types that have a public half. */
export const ASYMMETRIC_KEY_TYPES = [
  "P-256",
  "P-384",
  "P-521",
  "secp256k1",
  "stark",
  "Ed25519",
  "Ed448",
  "X25519",
  "X448",
  "ML-KEM-512",
  "ML-KEM-768",
  "ML-KEM-1024",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
] as const;

/** A key type that has a public half. */
export type AsymmetricKeyType = (typeof ASYMMETRIC_KEY_TYPES)[number];

/** Key types that are one secret byte string. */
export type SymmetricKeyType = Exclude<KeyType, AsymmetricKeyType>;

/** What a key may do. Usages are enforced by the provider that holds the key. */
export const USAGES = ["sign", "verify", "agree", "mac", "encrypt", "wrap", "encapsulate", "derive"] as const;

/**
 * What a key may do.
 *
 * `mac` covers making and checking a MAC, `encrypt` covers decryption, `wrap` covers unwrapping,
 * `encapsulate` covers decapsulation; `agree` is a raw shared secret returned to the caller, `derive`
 * is a new stored key (ECDH or HD) or a deterministic output.
 */
export type Usage = (typeof USAGES)[number];

/** Algorithms of `sign` and `verify`. */
export const SIGNATURE_ALGORITHMS = [
  /** ECDSA with P-256 and SHA-256 (RFC 7518). */
  "ES256",
  /** ECDSA with P-384 and SHA-384 (RFC 7518). */
  "ES384",
  /** ECDSA with P-521 and SHA-512 (RFC 7518). */
  "ES512",
  /** ECDSA with secp256k1 and SHA-256 (RFC 8812). */
  "ES256K",
  /** ECDSA over any curve with the hash named: for pairs that JOSE has no name for (name chosen here). */
  "ECDSA-SHA-256",
  "ECDSA-SHA-384",
  "ECDSA-SHA-512",
  /** ECDSA over a digest the caller made with a hash of its own, such as Keccak-256 (name chosen here). */
  "ECDSA",
  /** Schnorr signatures over secp256k1 (BIP-340), under the key itself. */
  "BIP340",
  /** BIP-340 under the taproot output key of BIP-341 (name chosen here); takes `merkleRoot`. */
  "BIP341",
  "Ed25519",
  "Ed25519ph",
  "Ed25519ctx",
  "Ed448",
  "Ed448ph",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Algorithms of `agree`: the raw shared secret (SEC 1 x coordinate, RFC 7748 output), never hashed. */
export const AGREEMENT_ALGORITHMS = ["ECDH", "X25519", "X448"] as const;
export type AgreementAlgorithm = (typeof AGREEMENT_ALGORITHMS)[number];

/** Algorithms of `mac`. HS256/384/512 are those of RFC 7518; the SHA-3 names are chosen here. */
export const MAC_ALGORITHMS = ["HS256", "HS384", "HS512", "HMAC-SHA3-256", "HMAC-SHA3-384", "HMAC-SHA3-512"] as const;
export type MacAlgorithm = (typeof MAC_ALGORITHMS)[number];

/** Algorithms of `encrypt`/`decrypt`. GCM as RFC 7518 section 5.3, CBC with PKCS#7 as COSE's A128CBC. */
export const CIPHER_ALGORITHMS = ["A128GCM", "A192GCM", "A256GCM", "A128CBC", "A192CBC", "A256CBC"] as const;
export type CipherAlgorithm = (typeof CIPHER_ALGORITHMS)[number];

/** Algorithms of `wrap`/`unwrap`: A…KW is RFC 3394 (RFC 7518 section 4.4), A…KWP is RFC 5649 (name chosen here). */
export const WRAP_ALGORITHMS = ["A128KW", "A192KW", "A256KW", "A128KWP", "A192KWP", "A256KWP"] as const;
export type WrapAlgorithm = (typeof WRAP_ALGORITHMS)[number];

/** Algorithms of `encapsulate`/`decapsulate` (FIPS 203). */
export const KEM_ALGORITHMS = ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const;
export type KemAlgorithm = (typeof KEM_ALGORITHMS)[number];

/** Ways to derive a stored key, or an output, from a stored key. */
export const DERIVATION_ALGORITHMS = [
  /** ECDH then HKDF-SHA-256 into a stored key. The provider's declaration says whether it can be recomputed outside. */
  "ECDH-HKDF-SHA-256",
  "BIP32",
  "SLIP10",
  /** Non-hardened additive derivation on Ed25519 and stark as the Dfns signers do it (dfns.md, section 7). */
  "EDWARDS-HD",
  "STARK-HD",
  /** Threshold deterministic derivation, eprint 2020/096: hash to curve, then multiply. */
  "GLOW20",
] as const;
export type DerivationAlgorithm = (typeof DERIVATION_ALGORITHMS)[number];

/** Every algorithm name, for lookups and for restricting a key to some. */
export type Algorithm =
  | SignatureAlgorithm
  | AgreementAlgorithm
  | MacAlgorithm
  | CipherAlgorithm
  | WrapAlgorithm
  | KemAlgorithm
  | DerivationAlgorithm;

/** Every algorithm, in the order of the vocabulary. */
export const ALGORITHMS: readonly Algorithm[] = [
  ...new Set<Algorithm>([
    ...SIGNATURE_ALGORITHMS,
    ...AGREEMENT_ALGORITHMS,
    ...MAC_ALGORITHMS,
    ...CIPHER_ALGORITHMS,
    ...WRAP_ALGORITHMS,
    ...KEM_ALGORITHMS,
    ...DERIVATION_ALGORITHMS,
  ]),
];

/** Operations a capability row can speak of. `import:` carries the tag of the import request. */
export const OPERATIONS = [
  "create",
  "import:public",
  "import:private",
  "import:secret",
  "import:encrypted-shares",
  "derive:ecdh",
  "derive:hd",
  "export",
  "sign",
  "verify",
  "agree",
  "mac",
  "verify-mac",
  "encrypt",
  "decrypt",
  "wrap",
  "unwrap",
  "encapsulate",
  "decapsulate",
  "derive-output",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Who holds the secret: this process, a hardware device, or several parties (multi-party computation). */
export type Custody = "software" | "hsm" | "mpc";

/** A key type with its article, for texts: `an Ed25519`, `a P-256`. */
export function withArticle(keyType: KeyType): string {
  // Said letter by letter, E, X, M, H and A begin with a vowel.
  return `${/^[EXMHA]/.test(keyType) ? "an" : "a"} ${keyType}`;
}

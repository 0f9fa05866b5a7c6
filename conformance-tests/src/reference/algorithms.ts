/** Which algorithms belong to which key type and operation: the field's knowledge, independent of any provider. */

import {
  type Algorithm,
  AGREEMENT_ALGORITHMS,
  CIPHER_ALGORITHMS,
  DERIVATION_ALGORITHMS,
  KEM_ALGORITHMS,
  type KeyType,
  MAC_ALGORITHMS,
  type Operation,
  OPERATIONS,
  requiredUsage,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type Usage,
  WRAP_ALGORITHMS,
} from "@keyrail/core";

const WEIERSTRASS: readonly KeyType[] = ["P-256", "P-384", "P-521", "secp256k1", "stark"];

/** Key types an algorithm can run on. */
export const KEY_TYPES_OF: Readonly<Record<Algorithm, readonly KeyType[]>> = {
  ES256: ["P-256"],
  ES384: ["P-384"],
  ES512: ["P-521"],
  ES256K: ["secp256k1"],
  "ECDSA-SHA-256": WEIERSTRASS,
  "ECDSA-SHA-384": WEIERSTRASS,
  "ECDSA-SHA-512": WEIERSTRASS,
  ECDSA: WEIERSTRASS,
  BIP340: ["secp256k1"],
  BIP341: ["secp256k1"],
  Ed25519: ["Ed25519"],
  Ed25519ph: ["Ed25519"],
  Ed25519ctx: ["Ed25519"],
  Ed448: ["Ed448"],
  Ed448ph: ["Ed448"],
  "ML-DSA-44": ["ML-DSA-44"],
  "ML-DSA-65": ["ML-DSA-65"],
  "ML-DSA-87": ["ML-DSA-87"],
  ECDH: WEIERSTRASS,
  X25519: ["X25519"],
  X448: ["X448"],
  HS256: ["HMAC-SHA-256"],
  HS384: ["HMAC-SHA-384"],
  HS512: ["HMAC-SHA-512"],
  "HMAC-SHA3-256": ["HMAC-SHA3-256"],
  "HMAC-SHA3-384": ["HMAC-SHA3-384"],
  "HMAC-SHA3-512": ["HMAC-SHA3-512"],
  A128GCM: ["AES-128"],
  A192GCM: ["AES-192"],
  A256GCM: ["AES-256"],
  A128CBC: ["AES-128"],
  A192CBC: ["AES-192"],
  A256CBC: ["AES-256"],
  A128KW: ["AES-128"],
  A192KW: ["AES-192"],
  A256KW: ["AES-256"],
  A128KWP: ["AES-128"],
  A192KWP: ["AES-192"],
  A256KWP: ["AES-256"],
  "ML-KEM-512": ["ML-KEM-512"],
  "ML-KEM-768": ["ML-KEM-768"],
  "ML-KEM-1024": ["ML-KEM-1024"],
  "ECDH-HKDF-SHA-256": [...WEIERSTRASS, "X25519", "X448"],
  BIP32: ["secp256k1"],
  SLIP10: ["secp256k1", "P-256", "Ed25519", "X25519"],
  "EDWARDS-HD": ["Ed25519"],
  "STARK-HD": ["stark"],
  GLOW20: ["secp256k1"],
};

/** Algorithms an operation can name; empty where it names none. */
export const ALGORITHMS_OF: Readonly<Record<Operation, readonly Algorithm[]>> = {
  create: [],
  "import:public": [],
  "import:private": [],
  "import:secret": [],
  "import:encrypted-shares": [],
  "derive:ecdh": ["ECDH-HKDF-SHA-256"],
  "derive:hd": [],
  export: [],
  sign: SIGNATURE_ALGORITHMS,
  verify: SIGNATURE_ALGORITHMS,
  agree: AGREEMENT_ALGORITHMS,
  mac: MAC_ALGORITHMS,
  "verify-mac": MAC_ALGORITHMS,
  encrypt: CIPHER_ALGORITHMS,
  decrypt: CIPHER_ALGORITHMS,
  wrap: WRAP_ALGORITHMS,
  unwrap: WRAP_ALGORITHMS,
  encapsulate: KEM_ALGORITHMS,
  decapsulate: KEM_ALGORITHMS,
  "derive-output": DERIVATION_ALGORITHMS,
};

const KEY_TYPE_SLUGS = /[^a-z0-9-]/g;

/** The spelling of a name inside a check id: lower case. */
export function slug(name: string): string {
  return name.toLowerCase().replace(KEY_TYPE_SLUGS, "-");
}

/** Algorithm and key type inside a check id: the key type only where the algorithm runs on several. */
export function useSlug(algorithm: Algorithm, keyType: KeyType): string {
  return KEY_TYPES_OF[algorithm].length === 1 ? slug(algorithm) : `${slug(algorithm)}.${slug(keyType)}`;
}

/** A pair of an algorithm and a key type it runs on. */
export interface Use<Name extends Algorithm> {
  readonly algorithm: Name;
  readonly keyType: KeyType;
  readonly slug: string;
}

/** Every pair of these algorithms and their key types. */
export function usesOf<Name extends Algorithm>(algorithms: readonly Name[]): Use<Name>[] {
  return algorithms.flatMap((algorithm) =>
    KEY_TYPES_OF[algorithm].map((keyType) => ({ algorithm, keyType, slug: useSlug(algorithm, keyType) })),
  );
}

/** Every pair of a signature algorithm and a key type; ECDSA with a hash on stark has no user and is left out. */
export const SIGNATURE_USES: readonly Use<SignatureAlgorithm>[] = usesOf(SIGNATURE_ALGORITHMS);

/** The usages a key of a type can have by nature. */
export function naturalUsages(keyType: KeyType): Usage[] {
  const usages = new Set<Usage>();
  for (const operation of OPERATIONS) {
    const usage = requiredUsage(operation);
    if (usage === undefined) continue;
    if (ALGORITHMS_OF[operation].some((algorithm) => KEY_TYPES_OF[algorithm].includes(keyType))) usages.add(usage);
  }
  return [...usages];
}

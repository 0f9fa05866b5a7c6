/** Signature algorithms of succession statements: how each provider algorithm is named in JOSE, and how it is used. */

import { createHash } from "node:crypto";
import {
  type Algorithm,
  type AsymmetricKeyType,
  type CapabilityDeclaration,
  explain,
  type KeyType,
  type PublicKey,
  type SignatureAlgorithm,
  type SignRequest,
  type Usage,
} from "@keyrail/core";
import { openPublicKey, verifyAsync } from "@keyrail/crypto";

/**
 * Where algorithms live that IANA has no JOSE name for: a name under this prefix is a Collision-Resistant Name as RFC
 * 7515, section 4.1.1, asks for.
 */
export const PRIVATE_ALGORITHM_PREFIX = "urn:uuid:6b3f5f0a-5c0e-4d53-9d0e-2f6c1f0a7b94#";

type Hash = "sha256" | "sha384" | "sha512";

/** One way to sign the JWS signing input with a key of one type. */
export interface SuccessionAlgorithm {
  /** The JWS `alg`. */
  readonly alg: string;
  readonly keyType: AsymmetricKeyType;
  /** The algorithm of the provider's port. */
  readonly algorithm: SignatureAlgorithm;
  /** The hash that makes the digest the provider signs; absent: it takes the signing input as its message. */
  readonly digest?: Hash;
  /** Context string the algorithm needs; RFC 8032. */
  readonly context?: Uint8Array;
}

const CONTEXT = new TextEncoder().encode("keyrail succession");
const HASHES = { "ECDSA-SHA-256": "sha256", "ECDSA-SHA-384": "sha384", "ECDSA-SHA-512": "sha512" } as const;
const JOSE_OF_CURVE = {
  "P-256": { alg: "ES256", hash: "sha256" },
  "P-384": { alg: "ES384", hash: "sha384" },
  "P-521": { alg: "ES512", hash: "sha512" },
  secp256k1: { alg: "ES256K", hash: "sha256" },
} as const;

function ecdsa(keyType: keyof typeof JOSE_OF_CURVE): SuccessionAlgorithm[] {
  const { alg, hash } = JOSE_OF_CURVE[keyType];
  const name = (used: Hash): string =>
    used === hash ? alg : `${PRIVATE_ALGORITHM_PREFIX}ECDSA-${keyType}-SHA-${used.slice(3)}`;
  const generic = (["ECDSA-SHA-256", "ECDSA-SHA-384", "ECDSA-SHA-512"] as const).map((algorithm) => ({
    alg: name(HASHES[algorithm]),
    keyType,
    algorithm,
  }));
  return [
    { alg, keyType, algorithm: alg },
    { alg, keyType, algorithm: alg, digest: hash },
    ...generic.filter((one) => one.alg === alg),
    // What signs ready-made digests signs that of the standard hash: the same signature, by another door.
    { alg, keyType, algorithm: "ECDSA", digest: hash },
    ...generic.filter((one) => one.alg !== alg),
  ];
}

function named(keyType: AsymmetricKeyType, algorithm: SignatureAlgorithm, alg: string): SuccessionAlgorithm {
  return { alg, keyType, algorithm };
}

function chosen(
  keyType: AsymmetricKeyType,
  name: string,
  rest: Pick<SuccessionAlgorithm, "algorithm" | "digest" | "context">,
): SuccessionAlgorithm {
  return { alg: `${PRIVATE_ALGORITHM_PREFIX}${name}`, keyType, ...rest };
}

/** In the order of preference: for each key type the registered name first. */
const ALGORITHMS: readonly SuccessionAlgorithm[] = [
  ...ecdsa("P-256"),
  ...ecdsa("P-384"),
  ...ecdsa("P-521"),
  ...ecdsa("secp256k1"),
  chosen("secp256k1", "BIP340-SHA-256", { algorithm: "BIP340", digest: "sha256" }),
  chosen("secp256k1", "BIP341-SHA-256", { algorithm: "BIP341", digest: "sha256" }),
  chosen("stark", "ECDSA-stark-SHA-256", { algorithm: "ECDSA", digest: "sha256" }),
  named("Ed25519", "Ed25519", "Ed25519"),
  chosen("Ed25519", "Ed25519ph", { algorithm: "Ed25519ph" }),
  chosen("Ed25519", "Ed25519ctx", { algorithm: "Ed25519ctx", context: CONTEXT }),
  named("Ed448", "Ed448", "Ed448"),
  chosen("Ed448", "Ed448ph", { algorithm: "Ed448ph" }),
  named("ML-DSA-44", "ML-DSA-44", "ML-DSA-44"),
  named("ML-DSA-65", "ML-DSA-65", "ML-DSA-65"),
  named("ML-DSA-87", "ML-DSA-87", "ML-DSA-87"),
];

/** What a key may be used for, as a plan or a record says it. */
export interface KeyPermissions {
  readonly keyType: KeyType;
  readonly usages: readonly Usage[];
  /** Absent: any. */
  readonly algorithms?: readonly Algorithm[] | undefined;
}

/**
 * How a provider with these capabilities signs a statement with such a key; undefined when it can't.
 *
 * @param bytes length of what is signed, where it is known: some devices bound it.
 */
export function successionAlgorithm(
  capabilities: CapabilityDeclaration,
  key: KeyPermissions,
  bytes?: number,
): SuccessionAlgorithm | undefined {
  if (!key.usages.includes("sign")) return undefined;
  return ALGORITHMS.find(({ keyType, algorithm, digest, context }) => {
    if (keyType !== key.keyType || key.algorithms?.includes(algorithm) === false) return false;
    const size = digest === undefined ? bytes : createHash(digest).digest().length;
    const sizes = size === undefined ? {} : { sizes: { [digest === undefined ? "message" : "digest"]: size } };
    return explain(capabilities, {
      operation: "sign",
      keyType,
      half: "private",
      algorithm,
      input: digest === undefined ? "message" : "digest",
      ...sizes,
      ...(context === undefined ? {} : { parameters: ["context"] }),
    }).supported;
  });
}

/** The algorithm a JWS header names for a key of this type; undefined when there is none. */
export function algorithmOfHeader(keyType: KeyType, alg: string): SuccessionAlgorithm | undefined {
  return ALGORITHMS.find((one) => one.keyType === keyType && one.alg === alg);
}

/** The request to a provider's `signer` port. */
export function signRequest(how: SuccessionAlgorithm, key: string, bytes: Uint8Array): SignRequest {
  return { key, algorithm: how.algorithm, ...inputOf(how, bytes) };
}

/** Whether the signature is the public key's over these bytes, checked in this process. */
export async function verifySignature(
  how: SuccessionAlgorithm,
  publicKey: PublicKey,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.keyType !== how.keyType) return false;
  const opened = openPublicKey(publicKey.keyType, publicKey.toRaw());
  return verifyAsync(opened, { algorithm: how.algorithm, signature, ...inputOf(how, bytes) });
}

function inputOf(
  { digest, context }: SuccessionAlgorithm,
  bytes: Uint8Array,
): { context?: Uint8Array } & ({ message: Uint8Array } | { digest: Uint8Array }) {
  const input =
    digest === undefined ? { message: bytes } : { digest: new Uint8Array(createHash(digest).update(bytes).digest()) };
  return context === undefined ? input : { ...input, context };
}

/** Keys of every type, made outside the provider by @noble and node:crypto. */

import { createHash } from "node:crypto";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { ed448, x448 } from "@noble/curves/ed448.js";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { ml_kem1024, ml_kem512, ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import {
  ASYMMETRIC_KEY_TYPES,
  type AsymmetricKeyType,
  isWeierstrassKeyType,
  type KeyType,
  type PrivateKeyFormat,
  type PrivateKeyMaterial,
  PublicKey,
  type SymmetricKeyType,
} from "@keyrail/core";
import { curveOf, ED25519_ORDER } from "./curves.ts";
import { fromBigEndian, fromLittleEndian, toBigEndian } from "./integers.ts";
import { randomBytes } from "./random.ts";

/** A key pair whose private half is known, in every form the type has. */
export interface KnownKeyPair {
  readonly keyType: AsymmetricKeyType;
  readonly publicKey: PublicKey;
  readonly forms: Readonly<Partial<Record<PrivateKeyFormat, Uint8Array>>>;
}

/** Whether a key type has a public half. */
export function isAsymmetric(keyType: KeyType): keyType is AsymmetricKeyType {
  const types: readonly KeyType[] = ASYMMETRIC_KEY_TYPES;
  return types.includes(keyType);
}

/** Whether a key type is one secret byte string. */
export function isSymmetric(keyType: KeyType): keyType is SymmetricKeyType {
  return !isAsymmetric(keyType);
}

interface Generator {
  keygen(seed: Uint8Array): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };
  getPublicKey(secretKey: Uint8Array): Uint8Array;
}

const FROM_SEED: Readonly<
  Partial<Record<AsymmetricKeyType, { readonly generator: Generator; readonly seedBytes: number }>>
> = {
  "ML-KEM-512": { generator: ml_kem512, seedBytes: 64 },
  "ML-KEM-768": { generator: ml_kem768, seedBytes: 64 },
  "ML-KEM-1024": { generator: ml_kem1024, seedBytes: 64 },
  "ML-DSA-44": { generator: ml_dsa44, seedBytes: 32 },
  "ML-DSA-65": { generator: ml_dsa65, seedBytes: 32 },
  "ML-DSA-87": { generator: ml_dsa87, seedBytes: 32 },
};

/** A fresh key pair. */
export function generateKeyPair(keyType: AsymmetricKeyType): KnownKeyPair {
  if (isWeierstrassKeyType(keyType)) {
    const { order, bytes } = curveOf(keyType);
    return keyPairOfScalar(keyType, (fromBigEndian(randomBytes(bytes + 16)) % (order - 1n)) + 1n);
  }
  return keyPairOfSeed(keyType, randomBytes(seedBytes(keyType)));
}

/** The pair of a scalar on a Weierstrass curve. */
export function keyPairOfScalar(keyType: AsymmetricKeyType, scalar: bigint): KnownKeyPair {
  if (!isWeierstrassKeyType(keyType)) throw new TypeError(`${keyType} has no scalars.`);
  const { Point, bytes } = curveOf(keyType);
  const publicKey = PublicKey.fromRaw(keyType, Point.BASE.multiply(scalar).toBytes(false));
  return { keyType, publicKey, forms: { scalar: toBigEndian(scalar, bytes) } };
}

function seedBytes(keyType: AsymmetricKeyType): number {
  if (keyType === "Ed448") return 57;
  return FROM_SEED[keyType]?.seedBytes ?? (keyType === "X448" ? 56 : 32);
}

/** The pair of a seed (RFC 8032 and 7748 private key, FIPS 203 `d || z`, FIPS 204 `xi`). */
export function keyPairOfSeed(keyType: AsymmetricKeyType, seed: Uint8Array): KnownKeyPair {
  const expandable = FROM_SEED[keyType];
  if (expandable !== undefined) {
    const { publicKey, secretKey } = expandable.generator.keygen(seed);
    return { keyType, publicKey: PublicKey.fromRaw(keyType, publicKey), forms: { seed, expanded: secretKey } };
  }
  switch (keyType) {
    case "Ed25519":
      return pair(keyType, ed25519.getPublicKey(seed), { seed, expanded: expandedEd25519(seed) });
    case "Ed448":
      return pair(keyType, ed448.getPublicKey(seed), { seed });
    case "X25519":
      return pair(keyType, x25519.getPublicKey(seed), { seed });
    case "X448":
      return pair(keyType, x448.getPublicKey(seed), { seed });
    default:
      throw new TypeError(`${keyType} has no seeds.`);
  }
}

function pair(keyType: AsymmetricKeyType, raw: Uint8Array, forms: KnownKeyPair["forms"]): KnownKeyPair {
  return { keyType, publicKey: PublicKey.fromRaw(keyType, raw), forms };
}

/** RFC 8032, 5.1.5: the clamped scalar, little-endian, then the prefix. */
function expandedEd25519(seed: Uint8Array): Uint8Array {
  const expanded = new Uint8Array(createHash("sha512").update(seed).digest());
  expanded[0] = (expanded[0] ?? 0) & 0xf8;
  expanded[31] = ((expanded[31] ?? 0) & 0x7f) | 0x40;
  return expanded;
}

/** The private half in one of the forms, or the first there is. */
export function privateMaterial(known: KnownKeyPair, formats?: readonly PrivateKeyFormat[]): PrivateKeyMaterial {
  for (const format of ["scalar", "seed", "expanded"] as const) {
    const bytes = known.forms[format];
    if (bytes === undefined || formats?.includes(format) === false) continue;
    return { keyType: known.keyType, format, bytes: new Uint8Array(bytes) };
  }
  throw new TypeError(`A ${known.keyType} private key has none of the forms ${formats?.join(", ") ?? "known"}.`);
}

/** The public half of a private key in any form. */
export function publicHalfOf({ keyType, format, bytes }: PrivateKeyMaterial): PublicKey {
  if (format === "scalar") return keyPairOfScalar(keyType, fromBigEndian(bytes)).publicKey;
  if (format === "seed") return keyPairOfSeed(keyType, bytes).publicKey;
  const expandable = FROM_SEED[keyType];
  if (expandable !== undefined) return PublicKey.fromRaw(keyType, expandable.generator.getPublicKey(bytes));
  if (keyType !== "Ed25519") throw new TypeError(`${keyType} has no expanded form.`);
  const scalar = fromLittleEndian(bytes.subarray(0, 32)) % ED25519_ORDER;
  return PublicKey.fromRaw(keyType, ed25519.Point.BASE.multiply(scalar).toBytes());
}

/**
 * The part of a private key by which a leak is recognised. An expanded ML-DSA key starts with the seed that its public
 * key starts with too (FIPS 204, `skEncode`): the secret that follows is taken.
 */
export function tellingPart({ keyType, format, bytes }: PrivateKeyMaterial): Uint8Array {
  return format === "expanded" && keyType.startsWith("ML-DSA") ? bytes.subarray(32, 64) : bytes;
}

/** A fresh symmetric key: AES by its size, HMAC with 48 bytes unless said otherwise. */
export function generateSecret(keyType: SymmetricKeyType, hmacBytes = 48): Uint8Array {
  return randomBytes(keyType.startsWith("AES-") ? Number(keyType.slice(4)) / 8 : hmacBytes);
}

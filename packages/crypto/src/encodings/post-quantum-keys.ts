/** Checks of ML-KEM (FIPS 203) and ML-DSA (FIPS 204) private keys that came out of a file. */

import { createPrivateKey, createPublicKey, hash, timingSafeEqual } from "node:crypto";
import { PublicKey, wipe, type AsymmetricKeyType, type PrivateKeyMaterial } from "@keyrail/core";
import { invalidKeyFile, type KeyFileFormat } from "./parsed-key.ts";
import { writePkcs8 } from "./pkcs8.ts";

/** A key type of FIPS 203 or FIPS 204. */
export type PostQuantumKeyType = Extract<AsymmetricKeyType, `ML-${string}`>;

/** Whether the key type is one of FIPS 203 or FIPS 204. */
export function isPostQuantumKeyType(keyType: AsymmetricKeyType): keyType is PostQuantumKeyType {
  return keyType.startsWith("ML-");
}

/**
 * The public key of a seed.
 *
 * @param expanded when given, must be the expanded key of the seed (RFC 9881, RFC 9935: the `both` form).
 */
export async function derivePostQuantumPublicKey(
  keyType: PostQuantumKeyType,
  seed: Uint8Array,
  format: KeyFileFormat,
  expanded: Uint8Array | undefined,
): Promise<PublicKey> {
  const pair = (await postQuantumScheme(keyType)).keygen(seed);
  try {
    const matches = expanded === undefined || timingSafeEqual(pair.secretKey, expanded);
    if (!matches) {
      throw invalidKeyFile(
        `The expanded key in the file is not the one of its ${keyType} seed.`,
        "seed and expanded key differ",
        format,
      );
    }
    return PublicKey.fromTrustedRaw(keyType, pair.publicKey);
  } finally {
    wipe(pair.secretKey);
  }
}

/**
 * The public key inside an expanded key, after a check that the key is whole: FIPS 203 section 7.3 for ML-KEM: the hash of the encapsulation key inside. For ML-DSA the public key is recomputed and
 * its hash `tr` compared; where the runtime has ML-DSA it checks the rest of the key (`t0`) too.
 */
export async function checkExpandedKey(
  keyType: PostQuantumKeyType,
  material: PrivateKeyMaterial,
  format: KeyFileFormat,
): Promise<PublicKey> {
  const damaged = invalidKeyFile(
    `The expanded ${keyType} private key is damaged.`,
    "expanded key is not consistent",
    format,
  );
  let raw: Uint8Array;
  try {
    raw = (await postQuantumScheme(keyType)).getPublicKey(material.bytes);
  } catch {
    // noble refuses coefficients out of range; its message is about its own terms.
    throw damaged;
  }
  const isKem = keyType.startsWith("ML-KEM");
  const digest = isKem ? hash("sha3-256", raw, "buffer") : await shake256(raw, 64);
  const stated = isKem ? material.bytes.subarray(-64, -32) : material.bytes.subarray(64, 128);
  if (!timingSafeEqual(digest, stated)) throw damaged;
  const publicKey = PublicKey.fromRaw(keyType, raw);
  if (!isKem && runtimeReads(publicKey) && !runtimeReadsPrivate(material)) throw damaged;
  return publicKey;
}

async function shake256(data: Uint8Array, length: number): Promise<Uint8Array> {
  const { shake256: xof } = await import("@noble/hashes/sha3.js");
  return xof(data, { dkLen: length });
}

function runtimeReads(publicKey: PublicKey): boolean {
  try {
    createPublicKey({ key: Buffer.from(publicKey.toSpki()), format: "der", type: "spki" });
    return true;
  } catch {
    // Node.js 22 has no ML-DSA; the check by noble has to do.
    return false;
  }
}

function runtimeReadsPrivate(material: PrivateKeyMaterial): boolean {
  const der = writePkcs8(material);
  try {
    createPrivateKey({ key: Buffer.from(der.buffer), format: "der", type: "pkcs8" });
    return true;
  } catch {
    return false;
  } finally {
    wipe(der);
  }
}

interface PostQuantumScheme {
  keygen(seed: Uint8Array): { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array };
  getPublicKey(secretKey: Uint8Array): Uint8Array;
}

async function postQuantumScheme(keyType: PostQuantumKeyType): Promise<PostQuantumScheme> {
  if (keyType.startsWith("ML-KEM")) {
    const { ml_kem512, ml_kem768, ml_kem1024 } = await import("@noble/post-quantum/ml-kem.js");
    return keyType === "ML-KEM-512" ? ml_kem512 : keyType === "ML-KEM-768" ? ml_kem768 : ml_kem1024;
  }
  const { ml_dsa44, ml_dsa65, ml_dsa87 } = await import("@noble/post-quantum/ml-dsa.js");
  return keyType === "ML-DSA-44" ? ml_dsa44 : keyType === "ML-DSA-65" ? ml_dsa65 : ml_dsa87;
}

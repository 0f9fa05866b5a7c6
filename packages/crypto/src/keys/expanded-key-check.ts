/** What an expanded private key has to fulfil before it is used. */

import { createHash, hash } from "node:crypto";
import { compareBytes } from "../engines/byte-strings.ts";
import { isMlDsa, isMlKem, type MlDsaType, nobleDsa } from "../engines/ml-parameters.ts";
import { hasMlDsa } from "../engines/node-features.ts";
import { invalidKeyMaterial } from "../errors.ts";
import { privateKeyBytes, privateKeyObject, type PrivateKeyParts, publicKeyBytes } from "./key-parts.ts";

/**
 * Checks an expanded key: ML-KEM the hash of the public key inside (FIPS 203 section 7.3) and the ranges of both keys
 * inside; ML-DSA the ranges of s1 and s2, and that t0 and tr belong to them (FIPS 204 section 7.2); Ed25519 that the
 * scalar is not zero.
 *
 * Errors: `InvalidKeyMaterial`.
 */
export function checkExpandedKey(parts: PrivateKeyParts): void {
  const { keyType } = parts;
  if (isMlKem(keyType)) checkMlKem(privateKeyBytes(parts));
  else if (isMlDsa(keyType)) {
    if (parts.preference !== "noble" && hasMlDsa()) privateKeyObject(parts);
    else checkMlDsaByNoble(keyType, privateKeyBytes(parts));
  } else publicKeyBytes(parts);
}

/** dk = dk_PKE (384 k bytes), ek (384 k + 32), H(ek) (32), z (32). */
function checkMlKem(dk: Uint8Array): void {
  const vectorBytes = (dk.length - 96) / 2;
  const ek = dk.subarray(vectorBytes, 2 * vectorBytes + 32);
  const digest = hash("sha3-256", ek, "buffer");
  if (compareBytes(digest, dk.subarray(2 * vectorBytes + 32, -32)) !== 0) {
    throw invalidKeyMaterial("the hash inside the expanded key is not that of its public key");
  }
  if (!hasReducedCoefficients(dk.subarray(0, vectorBytes)) || !hasReducedCoefficients(ek.subarray(0, -32))) {
    throw invalidKeyMaterial("a coefficient of the expanded key is not below 3329");
  }
}

/** Whether every 12-bit coefficient (FIPS 203, ByteDecode with d = 12) is below q = 3329. */
export function hasReducedCoefficients(bytes: Uint8Array): boolean {
  let valid = true;
  for (let index = 0; index < bytes.length; index += 3) {
    const middle = bytes[index + 1] ?? 0;
    const first = (bytes[index] ?? 0) | ((middle & 0x0f) << 8);
    const second = (middle >> 4) | ((bytes[index + 2] ?? 0) << 4);
    valid = valid && first < 3329 && second < 3329;
  }
  return valid;
}

/** sk = rho (32 bytes), K (32), tr (64), s1, s2, t0. A wrong t0 makes signatures that do not verify. */
function checkMlDsaByNoble(keyType: MlDsaType, sk: Uint8Array): void {
  const dsa = nobleDsa(keyType);
  try {
    const publicKey = dsa.getPublicKey(sk);
    const tr = createHash("shake256", { outputLength: 64 }).update(publicKey).digest();
    const probe = Uint8Array.of(0);
    const signature = dsa.sign(probe, sk, { extraEntropy: false });
    if (compareBytes(tr, sk.subarray(64, 128)) === 0 && dsa.verify(signature, probe, publicKey)) return;
  } catch (error) {
    throw invalidKeyMaterial("a vector of the expanded key is out of range", error);
  }
  throw invalidKeyMaterial("the parts of the expanded key contradict each other");
}

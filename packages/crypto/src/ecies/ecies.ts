/**
 * ECIES over secp256k1: HKDF-SHA-256, AES-256-GCM, zero nonce.
 *
 * The hybrid encryption of SEC 1 section 5.1 with the parameters of dfns.md, section 8.7:
 *
 *     e random, E = e*G (33 bytes);  Z = e*K, the whole point compressed (33 bytes), not its x alone
 *     key = HKDF-SHA-256(ikm Z, salt, info, 32 bytes)
 *     message = AES-256-GCM(key, nonce 00 * 12, no associated data) ciphertext || tag (16) || E (33)
 *
 * The nonce may be zero because every key is used once: e is fresh for each message. That is why `ephemeralPrivateKey`
 * exists for test vectors only; two messages under the same one are both lost.
 */

import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

import { wipe } from "@keyrail/core";
import { secp256k1 } from "@noble/curves/secp256k1.js";

import { decryptionFailed, invalidKeyMaterial } from "../errors.ts";

/** What both sides have agreed on. */
export interface EciesParameters {
  /** HKDF salt, any length. */
  readonly salt: Uint8Array;
  /** HKDF info, any length. */
  readonly info: Uint8Array;
}

/** Parameters of `encrypt`. */
export interface EciesEncryptOptions extends EciesParameters {
  /** **For reproducing test vectors only**: e, 32 bytes big-endian. Without it e is random. */
  readonly ephemeralPrivateKey?: Uint8Array;
}

/** How many bytes a message is longer than its plaintext: tag and ephemeral public key. */
export const ECIES_OVERHEAD_BYTES: number = 16 + 33;

const NAME = "ECIES-secp256k1-HKDF-SHA-256-A256GCM";
const CIPHER = "aes-256-gcm";
const TAG_BYTES = 16;
const POINT_BYTES = 33;
const ZERO_NONCE = new Uint8Array(12);

/**
 * Encrypts to a public key.
 *
 * @param recipient SEC 1 point, 33 or 65 bytes.
 * @param plaintext any length, not wiped here.
 * @returns `ciphertext || tag || E`, {@link ECIES_OVERHEAD_BYTES} longer than the plaintext.
 * @throws KeyrailError `InvalidKeyMaterial` when the recipient is not a point of secp256k1.
 */
export function encrypt(recipient: Uint8Array, plaintext: Uint8Array, options: EciesEncryptOptions): Uint8Array {
  if (!secp256k1.utils.isValidPublicKey(recipient))
    throw invalidKeyMaterial("the recipient is not a point of secp256k1");
  const given = options.ephemeralPrivateKey;
  if (given !== undefined && !isPrivateKey(given)) throw invalidKeyMaterial("the ephemeral key is not in 1..n-1");
  const ephemeral = given ?? secp256k1.utils.randomSecretKey();
  const key = deriveKey(ephemeral, recipient, options);
  try {
    const cipher = createCipheriv(CIPHER, key, ZERO_NONCE);
    const message = new Uint8Array(plaintext.length + ECIES_OVERHEAD_BYTES);
    message.set(cipher.update(plaintext));
    cipher.final();
    message.set(cipher.getAuthTag(), plaintext.length);
    message.set(secp256k1.getPublicKey(ephemeral, true), plaintext.length + TAG_BYTES);
    return message;
  } finally {
    wipe(key);
    if (given === undefined) wipe(ephemeral);
  }
}

/**
 * Decrypts a message made by `encrypt` with the same salt and info.
 *
 * @param privateKey 32 bytes, big-endian, 1..n-1.
 * @param message `ciphertext || tag || E`.
 * @returns the plaintext. The caller wipes it.
 * @throws KeyrailError `InvalidKeyMaterial` for a bad private key; `DecryptionFailed` for everything that may be wrong
 *   with the message, always with the same text.
 */
export function decrypt(privateKey: Uint8Array, message: Uint8Array, parameters: EciesParameters): Uint8Array {
  if (!isPrivateKey(privateKey)) throw invalidKeyMaterial("an ECIES private key is 32 bytes of an integer in 1..n-1");
  if (message.length < ECIES_OVERHEAD_BYTES) throw decryptionFailed(NAME);
  const ephemeral = message.subarray(message.length - POINT_BYTES);
  const tag = message.subarray(message.length - ECIES_OVERHEAD_BYTES, message.length - POINT_BYTES);
  if (!secp256k1.utils.isValidPublicKey(ephemeral, true)) throw decryptionFailed(NAME);
  const key = deriveKey(privateKey, ephemeral, parameters);
  const plaintext = new Uint8Array(message.length - ECIES_OVERHEAD_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, key, ZERO_NONCE, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(tag);
    const decrypted = decipher.update(message.subarray(0, plaintext.length));
    plaintext.set(decrypted);
    wipe(decrypted);
    decipher.final();
    return plaintext;
  } catch {
    // OpenSSL says only that the tag is wrong; nothing of it may reach the caller.
    wipe(plaintext);
    throw decryptionFailed(NAME);
  } finally {
    wipe(key);
  }
}

function deriveKey(privateKey: Uint8Array, publicKey: Uint8Array, { salt, info }: EciesParameters): Uint8Array {
  const shared = secp256k1.getSharedSecret(privateKey, publicKey, true);
  try {
    return new Uint8Array(hkdfSync("sha256", shared, salt, info, 32));
  } finally {
    wipe(shared);
  }
}

function isPrivateKey(bytes: Uint8Array): boolean {
  return secp256k1.utils.isValidSecretKey(bytes);
}

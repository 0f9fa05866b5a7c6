/**
 * The ECIES that carries shares to and from signers (fact sheet, section 8.7): secp256k1, HKDF-SHA-256, AES-256-GCM with
 * a zero nonce (the key is used once), `ciphertext || tag || E`.
 */

import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { decodeBase64, encodeBase64, tryDecodeBase64, wipe } from "@keyrail/core";
import { groups, multiplySecp256k1, randomScalar } from "./groups.ts";

const SALT = Buffer.from("DFNS_KEY_IMPORT");
const INFO = Buffer.from("ENCRYPTION_KEY");
const NONCE = new Uint8Array(12);
const TAG_BYTES = 16;
const POINT_BYTES = 33;
const KEY_VERSION = 0x01;

/** `encryptionKey` of a decryption scalar: base64 of `01 || compressed point`. */
export function encryptionKeyOf(decryptionKey: bigint): string {
  return encodeBase64(Uint8Array.of(KEY_VERSION, ...groups.secp256k1.publicKey(decryptionKey)));
}

/** The 33-byte point of an `encryptionKey`, or `undefined` when it is not one. */
export function decodeEncryptionKey(encryptionKey: string): Uint8Array | undefined {
  const bytes = tryDecodeBase64(encryptionKey);
  if (bytes?.length !== 1 + POINT_BYTES || bytes[0] !== KEY_VERSION) return undefined;
  const point = bytes.subarray(1);
  return multiplySecp256k1(point, 1n) === undefined ? undefined : point;
}

/**
 * Encrypts to a point that {@link decodeEncryptionKey} has accepted.
 * @param ephemeral the scalar e; for published test vectors only, since a repeated e breaks AES-GCM.
 */
export function encrypt(
  recipient: Uint8Array,
  plaintext: Uint8Array,
  ephemeral: bigint = randomScalar(groups.secp256k1.order),
): Uint8Array {
  const agreed = multiplySecp256k1(recipient, ephemeral) ?? new Uint8Array(POINT_BYTES);
  const key = encryptionKey(agreed);
  const cipher = createCipheriv("aes-256-gcm", key, NONCE, { authTagLength: TAG_BYTES });
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  wipe(key, agreed);
  return Buffer.concat([ciphertext, cipher.getAuthTag(), groups.secp256k1.publicKey(ephemeral)]);
}

/** The plaintext, or `undefined` when the message is too short, its point is none, or its tag does not fit. */
export function decrypt(decryptionKey: bigint, message: Uint8Array): Uint8Array | undefined {
  const split = message.length - POINT_BYTES - TAG_BYTES;
  if (split < 0) return undefined;
  const agreed = multiplySecp256k1(message.subarray(split + TAG_BYTES), decryptionKey);
  if (agreed === undefined) return undefined;
  const key = encryptionKey(agreed);
  const decipher = createDecipheriv("aes-256-gcm", key, NONCE, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(message.subarray(split, split + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(message.subarray(0, split)), decipher.final()]);
  } catch {
    return undefined;
  } finally {
    wipe(key, agreed);
  }
}

/** As {@link encrypt}, from and to base64 text. @throws KeyrailError `InvalidRequest` when `recipientKey` is not base64. */
export function encryptText(recipientKey: string, plaintext: string, ephemeral?: bigint): string {
  const recipient = decodeBase64(recipientKey).subarray(1);
  return encodeBase64(encrypt(recipient, Buffer.from(plaintext), ephemeral));
}

function encryptionKey(agreed: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", agreed, SALT, INFO, 32));
}

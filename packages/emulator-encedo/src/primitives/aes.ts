/** AES in the modes of the device (SP 800-38A, SP 800-38D, RFC 3394). Keys of 16, 24 or 32 bytes. */

import { createCipheriv, createDecipheriv } from "node:crypto";

import { concatenate } from "../bytes.ts";

/** GCM authentication tag length in bytes. */
export const TAG_LENGTH: number = 16;

/** Default initial value of RFC 3394, section 2.2.3.1. */
const WRAP_IV = new Uint8Array(8).fill(0xa6);

/** ECB or CBC. CBC pads as PKCS#7; ECB does not pad, so its input is a multiple of 16 bytes. */
export function encryptBlocks(
  mode: "ecb" | "cbc",
  key: Uint8Array,
  iv: Uint8Array | null,
  data: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(`aes-${key.length * 8}-${mode}`, key, iv).setAutoPadding(mode === "cbc");
  return concatenate(cipher.update(data), cipher.final());
}

/** Reverses {@link encryptBlocks}; `undefined` when length or padding is wrong. */
export function decryptBlocks(
  mode: "ecb" | "cbc",
  key: Uint8Array,
  iv: Uint8Array | null,
  data: Uint8Array,
): Uint8Array | undefined {
  const decipher = createDecipheriv(`aes-${key.length * 8}-${mode}`, key, iv).setAutoPadding(mode === "cbc");
  return finish(() => concatenate(decipher.update(data), decipher.final()));
}

/** GCM with a nonce of any length. */
export function encryptGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
): { ciphertext: Uint8Array; tag: Uint8Array } {
  const cipher = createCipheriv(gcmName(key), key, nonce, { authTagLength: TAG_LENGTH }).setAAD(aad);
  const ciphertext = concatenate(cipher.update(data), cipher.final());
  return { ciphertext, tag: new Uint8Array(cipher.getAuthTag()) };
}

/** Reverses {@link encryptGcm}; `undefined` when authentication fails. */
export function decryptGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
  tag: Uint8Array,
): Uint8Array | undefined {
  const decipher = createDecipheriv(gcmName(key), key, nonce, { authTagLength: TAG_LENGTH })
    .setAAD(aad)
    .setAuthTag(tag);
  return finish(() => concatenate(decipher.update(data), decipher.final()));
}

/** AES Key Wrap: input of at least 16 bytes in steps of 8, output 8 bytes longer. */
export function wrapKey(key: Uint8Array, data: Uint8Array, iv: Uint8Array = WRAP_IV): Uint8Array {
  const cipher = createCipheriv(wrapName(key), key, iv);
  return concatenate(cipher.update(data), cipher.final());
}

/** Reverses {@link wrapKey}; `undefined` when the integrity check fails. */
export function unwrapKey(key: Uint8Array, data: Uint8Array, iv: Uint8Array = WRAP_IV): Uint8Array | undefined {
  const decipher = createDecipheriv(wrapName(key), key, iv);
  return finish(() => concatenate(decipher.update(data), decipher.final()));
}

function gcmName(key: Uint8Array): "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm" {
  if (key.length === 16) return "aes-128-gcm";
  return key.length === 24 ? "aes-192-gcm" : "aes-256-gcm";
}

function wrapName(key: Uint8Array): string {
  return `id-aes${key.length * 8}-wrap`;
}

function finish(decrypt: () => Uint8Array): Uint8Array | undefined {
  try {
    return decrypt();
  } catch {
    // Padding, tag or integrity value are wrong: an outcome of decryption, not a defect.
    return undefined;
  }
}

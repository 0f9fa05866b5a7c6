/** AES outside the provider: node:crypto for CBC, @noble/ciphers for GCM, KW and KWP. */

import { aeskw, aeskwp, cbc, gcm } from "@noble/ciphers/aes.js";
import type { CipherAlgorithm, WrapAlgorithm } from "@keyrail/core";

/** Whether an algorithm authenticates. */
export function isGcm(algorithm: CipherAlgorithm): boolean {
  return algorithm.endsWith("GCM");
}

/** A ciphertext in parts, as the port has it. */
export interface Parts {
  readonly ciphertext: Uint8Array;
  readonly iv: Uint8Array;
  readonly tag?: Uint8Array;
}

/** Encrypts with a known key. */
export function encryptOutside(
  algorithm: CipherAlgorithm,
  key: Uint8Array,
  iv: Uint8Array,
  plaintext: Uint8Array,
  additionalData?: Uint8Array,
): Parts {
  if (!isGcm(algorithm)) return { ciphertext: cbc(key, iv).encrypt(plaintext), iv };
  const whole = gcm(key, iv, additionalData).encrypt(plaintext);
  return { ciphertext: whole.slice(0, -16), iv, tag: whole.slice(-16) };
}

/** Decrypts with a known key; `undefined` when it does not decrypt. */
export function decryptOutside(
  algorithm: CipherAlgorithm,
  key: Uint8Array,
  { ciphertext, iv, tag }: Parts,
  additionalData?: Uint8Array,
): Uint8Array | undefined {
  try {
    if (!isGcm(algorithm)) return cbc(key, iv).decrypt(ciphertext);
    if (tag === undefined) return undefined;
    return gcm(key, iv, additionalData).decrypt(new Uint8Array([...ciphertext, ...tag]));
  } catch {
    return undefined;
  }
}

/** Encrypts whole blocks with CBC and no padding: to make paddings that are none. */
export function encryptBlocksOutside(key: Uint8Array, iv: Uint8Array, blocks: Uint8Array): Uint8Array {
  return cbc(key, iv, { disablePadding: true }).encrypt(blocks);
}

/** Wraps with a known key (RFC 3394, RFC 5649). */
export function wrapOutside(algorithm: WrapAlgorithm, key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return (algorithm.endsWith("KWP") ? aeskwp(key) : aeskw(key)).encrypt(plaintext);
}

/** HMAC and AES in JavaScript: to check the engine of `node:crypto` against, and where it is asked for. */

import { nobleAes, nobleHmac, nobleSha2, nobleSha3 } from "./lazy-module.ts";

/** Hashes of HMAC, by their names in `node:crypto`. */
export type HmacHash = "sha256" | "sha384" | "sha512" | "sha3-256" | "sha3-384" | "sha3-512";

/** HMAC by @noble/hashes. */
export function nobleMac(hash: HmacHash, key: Uint8Array, message: Uint8Array): Uint8Array {
  const { hmac } = nobleHmac.get();
  switch (hash) {
    case "sha256":
      return hmac(nobleSha2.get().sha256, key, message);
    case "sha384":
      return hmac(nobleSha2.get().sha384, key, message);
    case "sha512":
      return hmac(nobleSha2.get().sha512, key, message);
    case "sha3-256":
      return hmac(nobleSha3.get().sha3_256, key, message);
    case "sha3-384":
      return hmac(nobleSha3.get().sha3_384, key, message);
    case "sha3-512":
      return hmac(nobleSha3.get().sha3_512, key, message);
  }
}

/** AES-GCM by @noble/ciphers: IVs of 8 bytes and more. The tag is the last 16 bytes. */
export function nobleGcm(
  key: Uint8Array,
  iv: Uint8Array,
  additionalData: Uint8Array | undefined,
): ReturnType<ReturnType<typeof nobleAes.get>["gcm"]> {
  return nobleAes.get().gcm(key, iv, additionalData);
}

/** AES-CBC with PKCS#7 padding by @noble/ciphers. */
export function nobleCbc(key: Uint8Array, iv: Uint8Array): ReturnType<ReturnType<typeof nobleAes.get>["cbc"]> {
  return nobleAes.get().cbc(key, iv);
}

/** How a scope travels between device and phone app (fact sheet, section 3, ext/request). */

import { timingSafeEqual } from "node:crypto";

import { concatenate, decodeBase64, encodeBase64, utf8 } from "../bytes.ts";
import { decryptBlocks, encryptBlocks } from "../primitives/aes.ts";
import { hmacSha256 } from "../session/jws.ts";

const MAC_LENGTH = 32;

/** Key of one request: HMAC-SHA256 of the nonce's bytes under the X25519 secret of device and app. */
export function sealingKey(secret: Uint8Array, jti: string): Uint8Array {
  return hmacSha256(secret, decodeBase64(jti) ?? utf8(jti));
}

/** `A` and base64 of AES-128-CBC ciphertext and HMAC-SHA256 of the plain scope. */
export function sealScope(key: Uint8Array, scope: string): string {
  const ciphertext = encryptBlocks("cbc", key.subarray(0, 16), key.subarray(16, 32), utf8(scope));
  return `A${encodeBase64(concatenate(ciphertext, hmacSha256(key, scope)))}`;
}

/** Reverses {@link sealScope}; `undefined` when the text was not sealed with this key. */
export function openScope(key: Uint8Array, sealed: string): string | undefined {
  const bytes = sealed.startsWith("A") ? decodeBase64(sealed.slice(1)) : undefined;
  if (bytes === undefined || bytes.length <= MAC_LENGTH) return undefined;
  const ciphertext = bytes.subarray(0, -MAC_LENGTH);
  const plain = decryptBlocks("cbc", key.subarray(0, 16), key.subarray(16, 32), ciphertext);
  if (plain === undefined || !timingSafeEqual(hmacSha256(key, plain), bytes.subarray(-MAC_LENGTH))) return undefined;
  return new TextDecoder().decode(plain);
}

/** The hashes of hierarchical deterministic keys. Internal. */

import { createHash, createHmac } from "node:crypto";

import { ripemd160 } from "@noble/hashes/legacy.js";

/** HMAC-SHA-512 over the parts one after the other. 64 bytes; the caller wipes them. */
export function hmacSha512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac("sha512", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** First 4 bytes of RIPEMD-160(SHA-256(serialised public key)). noble, because OpenSSL may be built without RIPEMD-160. */
export function fingerprint(serialisedPublicKey: Uint8Array): Uint8Array {
  return ripemd160(createHash("sha256").update(serialisedPublicKey).digest()).slice(0, 4);
}

/** A child number as 4 bytes, big-endian. */
export function serialiseChildNumber(childNumber: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, childNumber);
  return bytes;
}

/** The six hashes of the device, under its names (fact sheet, section 6). */

import { createHash, createHmac, hkdfSync } from "node:crypto";

/** A hash by the device's name. */
export type HashName = "SHA2-256" | "SHA2-384" | "SHA2-512" | "SHA3-256" | "SHA3-384" | "SHA3-512";

/** Hash name of the device -> name in OpenSSL. */
const OPENSSL_HASHES: Record<HashName, string> = {
  "SHA2-256": "sha256",
  "SHA2-384": "sha384",
  "SHA2-512": "sha512",
  "SHA3-256": "sha3-256",
  "SHA3-384": "sha3-384",
  "SHA3-512": "sha3-512",
};

/** True for a hash name of the device. */
export function isHashName(name: string): name is HashName {
  return Object.hasOwn(OPENSSL_HASHES, name);
}

/** Digest of the data: 32, 48 or 64 bytes. */
export function digest(hash: HashName, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(OPENSSL_HASHES[hash]).update(data).digest());
}

/** HMAC of the data: 32, 48 or 64 bytes. */
export function hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac(OPENSSL_HASHES[hash], key).update(data).digest());
}

/** SHA-1, 20 bytes: the root of a key id. */
export function sha1(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha1").update(data).digest());
}

/** HKDF-SHA256 with empty salt (RFC 5869). */
export function hkdfSha256(secret: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), info, length));
}

/** HMAC (RFC 2104, FIPS 198-1) over SHA-2 and SHA-3. */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { KeyType, MacAlgorithm } from "@keyrail/core";
import { plain } from "../engines/byte-strings.ts";
import { type HmacHash, nobleMac } from "../engines/noble-symmetric.ts";
import { invalidRequest } from "../errors.ts";
import { secretKeyObject } from "../keys/key-parts.ts";
import { type OpenedSecretKey, secretPartsOf } from "../keys/opened-keys.ts";

interface Hmac {
  readonly algorithm: MacAlgorithm;
  readonly hash: HmacHash;
}

const HMACS: Readonly<Partial<Record<KeyType, Hmac>>> = {
  "HMAC-SHA-256": { algorithm: "HS256", hash: "sha256" },
  "HMAC-SHA-384": { algorithm: "HS384", hash: "sha384" },
  "HMAC-SHA-512": { algorithm: "HS512", hash: "sha512" },
  "HMAC-SHA3-256": { algorithm: "HMAC-SHA3-256", hash: "sha3-256" },
  "HMAC-SHA3-384": { algorithm: "HMAC-SHA3-384", hash: "sha3-384" },
  "HMAC-SHA3-512": { algorithm: "HMAC-SHA3-512", hash: "sha3-512" },
};

/**
 * The MAC of a message: the whole output of the hash, 32 to 64 bytes.
 *
 * @param algorithm when given, must be the key type's own. Errors: `InvalidRequest`, `Closed`.
 */
export function mac(key: OpenedSecretKey, message: Uint8Array, algorithm?: MacAlgorithm): Uint8Array {
  const hmac = HMACS[key.keyType];
  if (hmac === undefined || (algorithm !== undefined && algorithm !== hmac.algorithm)) {
    throw invalidRequest(`A ${key.keyType} key does not make ${algorithm ?? "a"} MAC.`, "algorithm");
  }
  const parts = secretPartsOf(key);
  const keyObject = secretKeyObject(parts);
  if (parts.preference === "noble") return nobleMac(hmac.hash, keyObject.export(), message);
  return plain(createHmac(hmac.hash, keyObject).update(message).digest());
}

/** The shortest tag that is taken, in bytes. */
const MINIMUM_TAG_BYTES = 16;

/**
 * Whether `tag` is the MAC of the message or its leftmost bytes, at least 16 (RFC 2104 section 5); compared in constant
 * time.
 */
export function verifyMac(
  key: OpenedSecretKey,
  message: Uint8Array,
  tag: Uint8Array,
  algorithm?: MacAlgorithm,
): boolean {
  const expected = mac(key, message, algorithm);
  if (tag.length < MINIMUM_TAG_BYTES || tag.length > expected.length) return false;
  return timingSafeEqual(expected.subarray(0, tag.length), tag);
}

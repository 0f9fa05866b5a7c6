/** HMAC (RFC 2104, FIPS 198-1) over SHA-2 and SHA-3. */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { KeyType, MacAlgorithm } from "@keyrail/core";
import { plain } from "../engines/byte-strings.ts";
import { feedInPieces, isLarge } from "../engines/large-input.ts";
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
  const hmac = hmacOf(key, algorithm);
  const parts = secretPartsOf(key);
  const keyObject = secretKeyObject(parts);
  if (parts.preference === "noble") return nobleMac(hmac.hash, keyObject.export(), message);
  return plain(createHmac(hmac.hash, keyObject).update(message).digest());
}

/** {@link mac}; over a message above 1 MiB in pieces, so that other work runs in between. */
export async function macAsync(
  key: OpenedSecretKey,
  message: Uint8Array,
  algorithm?: MacAlgorithm,
): Promise<Uint8Array> {
  const parts = secretPartsOf(key);
  if (!isLarge(message) || parts.preference === "noble") return mac(key, message, algorithm);
  const hmac = createHmac(hmacOf(key, algorithm).hash, secretKeyObject(parts));
  await feedInPieces(message, (piece) => hmac.update(piece));
  return plain(hmac.digest());
}

function hmacOf(key: OpenedSecretKey, algorithm: MacAlgorithm | undefined): Hmac {
  const hmac = HMACS[key.keyType];
  if (hmac === undefined || (algorithm !== undefined && algorithm !== hmac.algorithm)) {
    throw invalidRequest(`A ${key.keyType} key does not make ${algorithm ?? "a"} MAC.`, "algorithm");
  }
  return hmac;
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
  return isMac(tag, mac(key, message, algorithm));
}

/** {@link verifyMac}; over a message above 1 MiB in pieces, so that other work runs in between. */
export async function verifyMacAsync(
  key: OpenedSecretKey,
  message: Uint8Array,
  tag: Uint8Array,
  algorithm?: MacAlgorithm,
): Promise<boolean> {
  return isMac(tag, await macAsync(key, message, algorithm));
}

function isMac(tag: Uint8Array, expected: Uint8Array): boolean {
  if (tag.length < MINIMUM_TAG_BYTES || tag.length > expected.length) return false;
  return timingSafeEqual(expected.subarray(0, tag.length), tag);
}

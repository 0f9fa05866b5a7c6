/** AES key wrap: KW (RFC 3394) and KWP (RFC 5649). */

import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Cipher } from "@noble/ciphers/utils.js";
import type { KeyType, WrapAlgorithm } from "@keyrail/core";
import { decryptionFailed, invalidRequest } from "../errors.ts";
import { concatenate } from "../engines/byte-strings.ts";
import { nobleAes } from "../engines/lazy-module.ts";
import { secretKeyObject } from "../keys/key-parts.ts";
import { type OpenedSecretKey, secretPartsOf } from "../keys/opened-keys.ts";

interface Wrapping {
  readonly keyType: KeyType;
  readonly name: string;
  readonly padded: boolean;
}

const WRAPPINGS: Readonly<Record<WrapAlgorithm, Wrapping>> = {
  A128KW: { keyType: "AES-128", name: "id-aes128-wrap", padded: false },
  A192KW: { keyType: "AES-192", name: "id-aes192-wrap", padded: false },
  A256KW: { keyType: "AES-256", name: "id-aes256-wrap", padded: false },
  A128KWP: { keyType: "AES-128", name: "id-aes128-wrap-pad", padded: true },
  A192KWP: { keyType: "AES-192", name: "id-aes192-wrap-pad", padded: true },
  A256KWP: { keyType: "AES-256", name: "id-aes256-wrap-pad", padded: true },
};

const KW_IV = new Uint8Array(8).fill(0xa6);
const KWP_IV = Uint8Array.of(0xa6, 0x59, 0x59, 0xa6);
/** The longest key that is wrapped, in bytes: over every key of the vocabulary. */
const MAXIMUM_BYTES = 65_536;

function wrappingFor(key: OpenedSecretKey, algorithm: WrapAlgorithm): Wrapping {
  const wrapping = WRAPPINGS[algorithm];
  if (wrapping.keyType !== key.keyType) {
    throw invalidRequest(`A ${key.keyType} key does not wrap with ${algorithm}.`, "algorithm");
  }
  return wrapping;
}

/**
 * Wraps key bytes: KW takes 16 bytes and more in multiples of 8, KWP 1 byte and more; at most 65,536.
 *
 * Errors: `InvalidRequest`, `Closed`.
 */
export function wrap(key: OpenedSecretKey, algorithm: WrapAlgorithm, keyBytes: Uint8Array): Uint8Array {
  const { name, padded } = wrappingFor(key, algorithm);
  const { length } = keyBytes;
  if (length > MAXIMUM_BYTES || (padded ? length === 0 : length < 16 || length % 8 !== 0)) {
    throw invalidRequest(
      padded
        ? `${algorithm} wraps 1 to ${MAXIMUM_BYTES} bytes, not ${length}.`
        : `${algorithm} wraps 16 to ${MAXIMUM_BYTES} bytes in multiples of 8, not ${length}.`,
      "key",
    );
  }
  const parts = secretPartsOf(key);
  const kek = secretKeyObject(parts);
  if (parts.preference === "noble") return nobleWrap(kek.export(), padded).encrypt(keyBytes);
  const cipher = createCipheriv(name, kek, padded ? KWP_IV : KW_IV);
  return concatenate(cipher.update(keyBytes), cipher.final());
}

/** Unwraps key bytes; the caller wipes them. Errors: `DecryptionFailed` for every cause, `InvalidRequest`, `Closed`. */
export function unwrap(key: OpenedSecretKey, algorithm: WrapAlgorithm, wrapped: Uint8Array): Uint8Array {
  const { name, padded } = wrappingFor(key, algorithm);
  const parts = secretPartsOf(key);
  const kek = secretKeyObject(parts);
  const { length } = wrapped;
  if (length > MAXIMUM_BYTES + 16 || length % 8 !== 0 || length < (padded ? 16 : 24)) throw decryptionFailed(algorithm);
  try {
    if (parts.preference === "noble") return nobleWrap(kek.export(), padded).decrypt(wrapped);
    const decipher = createDecipheriv(name, kek, padded ? KWP_IV : KW_IV);
    return concatenate(decipher.update(wrapped), decipher.final());
  } catch {
    // No cause: what failed is not to be told.
    throw decryptionFailed(algorithm);
  }
}

function nobleWrap(kek: Uint8Array, padded: boolean): Cipher {
  return padded ? nobleAes.get().aeskwp(kek) : nobleAes.get().aeskw(kek);
}

/** ML-KEM (FIPS 203). */

// Not by name: Node.js 22 has neither of the two, and importing them by name would fail there.
import crypto from "node:crypto";
import type { AsymmetricKeyType } from "@keyrail/core";
import { plain } from "../engines/byte-strings.ts";
import { isMlKem, ML_KEM_CIPHERTEXT_BYTES, type MlKemType, nobleKem } from "../engines/ml-parameters.ts";
import { hasMlKem } from "../engines/node-features.ts";
import { invalidRequest } from "../errors.ts";
import { expandedKeyBytes, privateKeyObject, publicKeyBytes, publicKeyObject } from "../keys/key-parts.ts";
import { type OpenedPrivateKey, type OpenedPublicKey, privatePartsOf, publicPartsOf } from "../keys/opened-keys.ts";

/** A shared secret and the ciphertext that carries it. */
export interface Encapsulation {
  /** 32 bytes; the caller wipes them. */
  readonly sharedSecret: Uint8Array;
  /** 768, 1088 or 1568 bytes. */
  readonly ciphertext: Uint8Array;
}

/** Choices of {@link encapsulate}. */
export interface EncapsulateOptions {
  /**
   * The 32 random bytes `m` of FIPS 203, algorithm 20; fresh when absent. Whoever keeps them can show later how the
   * ciphertext was made; whoever has them has the shared secret.
   */
  readonly randomness?: Uint8Array;
}

/**
 * Makes a fresh shared secret for the holder of the private key. The public key was checked by the opening (modulus
 * check of FIPS 203 section 7.2).
 *
 * Errors: `InvalidRequest` for a key that is not ML-KEM, and for randomness of another length.
 */
export function encapsulate(key: OpenedPublicKey | OpenedPrivateKey, options: EncapsulateOptions = {}): Encapsulation {
  const keyType = kemType(key.keyType);
  const parts = publicPartsOf(key);
  const { randomness } = options;
  if (randomness !== undefined && randomness.length !== 32) {
    throw invalidRequest(`The randomness of an encapsulation has 32 bytes, not ${randomness.length}.`, "randomness");
  }
  // node:crypto takes no randomness of the caller's.
  if (parts.preference !== "noble" && hasMlKem() && randomness === undefined) {
    const { sharedKey, ciphertext } = crypto.encapsulate(publicKeyObject(parts));
    return { sharedSecret: plain(sharedKey), ciphertext: plain(ciphertext) };
  }
  const { sharedSecret, cipherText } = nobleKem(keyType).encapsulate(publicKeyBytes(parts), randomness);
  return { sharedSecret, ciphertext: cipherText };
}

/**
 * The shared secret of a ciphertext, 32 bytes; the caller wipes them. A ciphertext of the right length that was made
 * for another key gives another secret, never an error (implicit rejection, FIPS 203 section 6.3).
 *
 * Errors: `InvalidRequest` for a wrong length or a key that is not ML-KEM, `Closed`.
 */
export function decapsulate(key: OpenedPrivateKey, ciphertext: Uint8Array): Uint8Array {
  const keyType = kemType(key.keyType);
  const expected = ML_KEM_CIPHERTEXT_BYTES[keyType];
  if (ciphertext.length !== expected) {
    throw invalidRequest(`A ${keyType} ciphertext has ${expected} bytes, not ${ciphertext.length}.`, "ciphertext");
  }
  const parts = privatePartsOf(key);
  if (parts.preference !== "noble" && hasMlKem()) return plain(crypto.decapsulate(privateKeyObject(parts), ciphertext));
  return nobleKem(keyType).decapsulate(ciphertext, expandedKeyBytes(parts));
}

function kemType(keyType: AsymmetricKeyType): MlKemType {
  if (!isMlKem(keyType)) throw invalidRequest(`A ${keyType} key does not encapsulate.`, "key");
  return keyType;
}

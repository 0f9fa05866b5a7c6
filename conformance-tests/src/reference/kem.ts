/** ML-KEM outside the provider, by @noble/post-quantum. */

import { ml_kem1024, ml_kem512, ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import type { KemAlgorithm } from "@keyrail/core";

const IMPLEMENTATIONS = { "ML-KEM-512": ml_kem512, "ML-KEM-768": ml_kem768, "ML-KEM-1024": ml_kem1024 } as const;

/** Encapsulates to a public key. */
export function encapsulateOutside(
  algorithm: KemAlgorithm,
  publicKey: Uint8Array,
): { readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array } {
  const { cipherText, sharedSecret } = IMPLEMENTATIONS[algorithm].encapsulate(publicKey);
  return { ciphertext: cipherText, sharedSecret };
}

/** Decapsulates with a decapsulation key (`dk` of FIPS 203). */
export function decapsulateOutside(algorithm: KemAlgorithm, ciphertext: Uint8Array, dk: Uint8Array): Uint8Array {
  return IMPLEMENTATIONS[algorithm].decapsulate(ciphertext, dk);
}

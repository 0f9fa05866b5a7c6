/** What opened keys weigh, measured per cached pair (native memory included); for caches bounded by bytes. */

import type { AsymmetricKeyType } from "@keyrail/core";

const PRIVATE_KEY_MEMORY: Readonly<Record<AsymmetricKeyType, number>> = {
  "P-256": 3600,
  "P-384": 3800,
  "P-521": 4000,
  secp256k1: 3600,
  stark: 1000,
  Ed25519: 1900,
  Ed448: 2000,
  X25519: 1900,
  X448: 2000,
  "ML-KEM-512": 7000,
  "ML-KEM-768": 9700,
  "ML-KEM-1024": 13_000,
  "ML-DSA-44": 23_000,
  "ML-DSA-65": 33_000,
  "ML-DSA-87": 45_000,
};

/** About the memory of one opened private key with all its handles, in bytes. */
export function privateKeyMemory(keyType: AsymmetricKeyType): number {
  return PRIVATE_KEY_MEMORY[keyType];
}

/** About the memory of one opened public key with all its handles, in bytes. */
export function publicKeyMemory(keyType: AsymmetricKeyType): number {
  return Math.ceil(PRIVATE_KEY_MEMORY[keyType] / 2);
}

/** About the memory of one opened secret key beside its own bytes. */
export const SECRET_KEY_MEMORY = 700;

/** Private key material on its way into or out of a provider: tagged, so that no length has to be guessed. */

import type { AsymmetricKeyType } from "./vocabulary.ts";

/**
 * How the bytes of a private key are to be read.
 *
 * - `scalar`: an integer, big-endian, padded to the length of the group order in bytes: P-256, P-384 (48),
 *   P-521 (66), secp256k1, stark (32).
 * - `seed`: what the standard calls the private key or the seed: Ed25519 and X25519 (32), Ed448 (57), X448 (56),
 *   ML-KEM `d || z` (64, FIPS 203), ML-DSA `xi` (32, FIPS 204).
 * - `expanded`: the expanded form: ML-KEM `dk` and ML-DSA `sk` as encoded by FIPS 203 and 204; Ed25519
 *   the 32-byte scalar, little-endian, then the 32-byte prefix (RFC 8032, 5.1.5, step 2). An expanded key can't be
 *   turned back into a seed.
 */
export type PrivateKeyFormat = "scalar" | "seed" | "expanded";

/** A private key in clear. Whoever holds it wipes it. */
export interface PrivateKeyMaterial {
  readonly keyType: AsymmetricKeyType;
  readonly format: PrivateKeyFormat;
  readonly bytes: Uint8Array;
  /** BIP-32 / SLIP-10 chain code, 32 bytes, when the key is a master (HD) key. */
  readonly chainCode?: Uint8Array;
}

/** Byte lengths of a private key, per key type and format. A format that is absent does not exist for the type. */
export const PRIVATE_KEY_BYTES: Readonly<
  Record<AsymmetricKeyType, Readonly<Partial<Record<PrivateKeyFormat, number>>>>
> = {
  "P-256": { scalar: 32 },
  "P-384": { scalar: 48 },
  "P-521": { scalar: 66 },
  secp256k1: { scalar: 32 },
  stark: { scalar: 32 },
  Ed25519: { seed: 32, expanded: 64 },
  Ed448: { seed: 57 },
  X25519: { seed: 32 },
  X448: { seed: 56 },
  "ML-KEM-512": { seed: 64, expanded: 1632 },
  "ML-KEM-768": { seed: 64, expanded: 2400 },
  "ML-KEM-1024": { seed: 64, expanded: 3168 },
  "ML-DSA-44": { seed: 32, expanded: 2560 },
  "ML-DSA-65": { seed: 32, expanded: 4032 },
  "ML-DSA-87": { seed: 32, expanded: 4896 },
};

/**
 * Byte lengths of the canonical raw public key: uncompressed SEC 1 point (`04 || x || y`) for the
 * Weierstrass curves, RFC 8032 / RFC 7748 encodings for the others, FIPS 203 `ek`, FIPS 204 `pk`.
 */
export const PUBLIC_KEY_BYTES: Readonly<Record<AsymmetricKeyType, number>> = {
  "P-256": 65,
  "P-384": 97,
  "P-521": 133,
  secp256k1: 65,
  stark: 65,
  Ed25519: 32,
  Ed448: 57,
  X25519: 32,
  X448: 56,
  "ML-KEM-512": 800,
  "ML-KEM-768": 1184,
  "ML-KEM-1024": 1568,
  "ML-DSA-44": 1312,
  "ML-DSA-65": 1952,
  "ML-DSA-87": 2592,
};

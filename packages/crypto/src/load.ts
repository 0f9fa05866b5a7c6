/**
 * The parts of this package that stand on noble, each loaded at its first use.
 *
 * The convention: importing `@keyrail/crypto` loads none of them. `load…()` imports one internal module and resolves to
 * it; everything in that module is synchronous. Keep the resolved module: the runtime loads it once, and a second
 * call costs one resolved promise. Types are exported from the index and cost nothing.
 */

/** ECDSA, recovery and ECDH on the STARK curve. */
export function loadStark(): Promise<typeof import("./stark/stark-engine.ts")> {
  return import("./stark/stark-engine.ts");
}

/** BIP-32, SLIP-10, and the non-hardened derivation of the Dfns signers. */
export function loadHd(): Promise<typeof import("./hd/hd.ts")> {
  return import("./hd/hd.ts");
}

/** Shamir and Feldman over the scalars of secp256k1, stark and Ed25519. */
export function loadSecretSharing(): Promise<typeof import("./secret-sharing/secret-sharing.ts")> {
  return import("./secret-sharing/secret-sharing.ts");
}

/** ECIES over secp256k1 with HKDF-SHA-256 and AES-256-GCM. */
export function loadEcies(): Promise<typeof import("./ecies/ecies.ts")> {
  return import("./ecies/ecies.ts");
}

/** GLOW20: hash to secp256k1, then multiply by the key. */
export function loadDeterministicDerivation(): Promise<
  typeof import("./deterministic-derivation/deterministic-derivation.ts")
> {
  return import("./deterministic-derivation/deterministic-derivation.ts");
}

/** What an engine for a Weierstrass curve over plain bytes does. noble, libsecp256k1 and the stark curve fulfil it. */

import type { Engine } from "./engine.ts";

/** A signature that knows the point its nonce was. */
export interface RecoverableSignature {
  /** `r || s`. */
  readonly signature: Uint8Array;
  /** 0 to 3: parity of the nonce point's y, plus 2 when its x was reduced (SEC 1, 4.1.6). */
  readonly recoveryId: number;
}

/** One Weierstrass curve over plain bytes. Inputs have been checked for length; scalars for range. */
export interface CurveEngine extends Engine {
  /** The uncompressed public point of a scalar. */
  publicKey(scalar: Uint8Array): Uint8Array;
  /** Whether an uncompressed point is on the curve. */
  isPoint(publicKey: Uint8Array): boolean;
  /** Deterministic ECDSA (RFC 6979) over a digest of any length, which is reduced to the order as SEC 1 says. */
  signDigest(digest: Uint8Array, scalar: Uint8Array): RecoverableSignature;
  /** Whether `r || s` (any s in [1, n-1]) is a signature of the digest; false for malformed numbers. */
  verifyDigest(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean;
  /** The x coordinate of scalar * point. */
  sharedSecret(scalar: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** The public point under which the signature is one of the digest; undefined when there is none. */
  recover(signature: Uint8Array, recoveryId: number, digest: Uint8Array): Uint8Array | undefined;
}

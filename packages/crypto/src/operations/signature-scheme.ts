/** What every signature algorithm does with an opened key. */

import type { Signature, SignatureAlgorithm, SignatureFormat } from "@keyrail/core";
import type { EngineName } from "../engines/engine.ts";
import type { Callback } from "../engines/in-flight.ts";
import { invalidRequest } from "../errors.ts";
import type { PrivateKeyParts, PublicKeyParts } from "../keys/key-parts.ts";

/**
 * What signing and verifying have in common: core's requests without the key. Exactly one of `message` and `digest` is
 * given.
 */
export interface SignatureParameters {
  readonly algorithm: SignatureAlgorithm;
  /** The message; hashed by the algorithm. */
  readonly message?: Uint8Array;
  /** A ready-made digest (ECDSA), or the 32 bytes that BIP-340 signs. */
  readonly digest?: Uint8Array;
  /** ECDSA only; `p1363` when absent. */
  readonly format?: SignatureFormat;
  /** ECDSA only. Signing: give the lower S (default for secp256k1 alone). Verifying: refuse the higher S. */
  readonly lowS?: boolean;
  /** Ed25519ctx (1 to 255 bytes), Ed25519ph, Ed448, Ed448ph and ML-DSA (0 to 255 bytes). */
  readonly context?: Uint8Array;
  /** BIP341 only: the root of the script tree; absent for a key path alone. */
  readonly merkleRoot?: Uint8Array;
}

/** A request to sign. */
export interface SignRequest extends SignatureParameters {
  /** secp256k1 ECDSA only: return the recovery id too. */
  readonly recoverable?: boolean;
  /**
   * ML-DSA: sign without fresh randomness (FIPS 204's deterministic variant). ECDSA over a digest and Ed25519 and
   * Ed448 are deterministic always. ECDSA over a message is so only for secp256k1 on libsecp256k1.
   */
  readonly deterministic?: boolean;
  /** BIP340, BIP341 (auxiliary randomness) and ML-DSA (`rnd`): 32 bytes; fresh when absent. */
  readonly auxiliaryRandomness?: Uint8Array;
}

/** A request to verify. */
export interface VerifyRequest extends SignatureParameters {
  readonly signature: Uint8Array;
}

/** One signature algorithm on one key type. The request was checked by `sign` or `verify`. */
export interface SignatureScheme {
  /** The engine that serves this input when `preference` is asked for. */
  engine(preference: EngineName | undefined, input: "message" | "digest"): EngineName;
  sign(parts: PrivateKeyParts, request: SignRequest): Signature;
  /** False for every signature that is not valid, malformed ones included. */
  verify(parts: PublicKeyParts, request: VerifyRequest): boolean;
  /** Starts signing in the thread pool; undefined when it takes under 100 us or the engine can't. */
  signInPool?(parts: PrivateKeyParts, request: SignRequest): ((done: Callback<Signature>) => void) | undefined;
  /** Starts verifying in the thread pool; undefined as above. */
  verifyInPool?(parts: PublicKeyParts, request: VerifyRequest): ((done: Callback<boolean>) => void) | undefined;
}

/** The message of a request that can't do with a digest. */
export function messageOf(request: SignatureParameters): Uint8Array {
  if (request.message !== undefined && request.digest === undefined) return request.message;
  throw invalidRequest(`${request.algorithm} takes a message, not a digest.`, "message");
}

/** The context of a request, at most 255 bytes. */
export function contextOf(request: SignatureParameters): Uint8Array | undefined {
  if (request.context !== undefined && request.context.length > 255) {
    throw invalidRequest("A context has at most 255 bytes.", "context");
  }
  return request.context;
}

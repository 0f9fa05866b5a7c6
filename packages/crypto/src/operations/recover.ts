/** Recovering the public key of a secp256k1 ECDSA signature (SEC 1 section 4.1.6). */

import type { SignatureFormat } from "@keyrail/core";
import type { Curve } from "../engines/curves.ts";
import { curveEngine } from "../engines/curve-engines.ts";
import { isSignatureInRange, p1363FromDer } from "../engines/ecdsa-signature.ts";
import type { EngineName } from "../engines/engine.ts";
import { invalidRequest } from "../errors.ts";

/** A signature to recover from. */
export interface RecoverRequest {
  /** 20 to 64 bytes. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  /** 0 to 3. */
  readonly recoveryId: number;
  /** `p1363` when absent. */
  readonly format?: SignatureFormat;
  readonly engine?: EngineName;
}

/**
 * The uncompressed secp256k1 public key (65 bytes) that made the signature.
 *
 * Errors: `InvalidRequest` when there is none or the input is malformed.
 */
export function recoverPublicKey(request: RecoverRequest): Uint8Array {
  const { digest, signature, recoveryId, format } = request;
  const halves = format === "der" ? p1363FromDer("secp256k1", signature) : signature;
  if (halves === undefined || !isSignatureInRange("secp256k1", halves)) {
    throw invalidRequest("This is not a secp256k1 signature.", "signature");
  }
  if (digest.length < 20 || digest.length > 64) {
    throw invalidRequest(`The digest has 20 to 64 bytes, not ${digest.length}.`, "digest");
  }
  if (!Number.isInteger(recoveryId) || recoveryId < 0 || recoveryId > 3) {
    throw invalidRequest("A recovery id is 0, 1, 2 or 3.", "recoveryId");
  }
  const publicKey = curveEngine("secp256k1", request.engine).recover(halves, recoveryId, digest);
  if (publicKey === undefined) throw invalidRequest("No key made this signature with this recovery id.", "recoveryId");
  return publicKey;
}

/** A public key that may have made a signature. */
export interface RecoveryCandidate {
  /** Uncompressed point. */
  readonly publicKey: Uint8Array;
  /** 0 to 3. */
  readonly recoveryId: number;
}

/**
 * Every public key under which `r || s` is a signature of the digest, on any Weierstrass curve: two as a rule, at most
 * four (SEC 1 section 4.1.6). None for what is no signature.
 */
export function recoverCandidates(curve: Curve, signature: Uint8Array, digest: Uint8Array): RecoveryCandidate[] {
  if (!isSignatureInRange(curve, signature)) return [];
  const engine = curveEngine(curve, undefined);
  const candidates: RecoveryCandidate[] = [];
  for (let recoveryId = 0; recoveryId < 4; recoveryId++) {
    const publicKey = engine.recover(signature, recoveryId, digest);
    if (publicKey !== undefined) candidates.push({ publicKey, recoveryId });
  }
  return candidates;
}

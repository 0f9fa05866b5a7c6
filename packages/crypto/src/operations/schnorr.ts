/** BIP-340 under the key itself, and under its taproot output key (BIP-341). */

import { randomBytes } from "node:crypto";
import { wipe } from "@keyrail/core";
import { SCHNORR_ENGINES, type TweakedKey, taprootTweak } from "../engines/schnorr.ts";
import { invalidKeyMaterial, invalidRequest } from "../errors.ts";
import { privateKeyBytes, publicKeyBytes } from "../keys/key-parts.ts";
import type { SignatureParameters, SignatureScheme, SignRequest } from "./signature-scheme.ts";

const SIGNATURE_BYTES = 64;

/** BIP-340 under the key itself. Messages of any length; `digest` is a message of exactly 32 bytes. */
export const BIP340: SignatureScheme = {
  engine: (preference) => SCHNORR_ENGINES.choose(preference).name,
  sign(parts, request) {
    const message = messageOrDigest(request);
    const engine = SCHNORR_ENGINES.choose(parts.preference);
    const signature = engine.sign(message, privateKeyBytes(parts), auxiliaryRandomness(request));
    return { signature };
  },
  verify(parts, request) {
    const message = messageOrDigest(request);
    if (request.signature.length !== SIGNATURE_BYTES) return false;
    const xOnly = publicKeyBytes(parts).subarray(1, 33);
    return SCHNORR_ENGINES.choose(parts.preference).verify(request.signature, message, xOnly);
  },
};

/** BIP-340 under the output key of BIP-341: the key tweaked by `merkleRoot`, or by nothing. */
export const BIP341: SignatureScheme = {
  engine: (preference) => SCHNORR_ENGINES.choose(preference).name,
  sign(parts, request) {
    const message = messageOrDigest(request);
    const engine = SCHNORR_ENGINES.choose(parts.preference);
    const internal = publicKeyBytes(parts);
    const xOnly = internal.subarray(1, 33);
    const tweak = taprootTweak(xOnly, merkleRootOf(request.merkleRoot));
    const yIsOdd = ((internal[64] ?? 0) & 1) === 1;
    const scalar = engine.tweakScalar(privateKeyBytes(parts), yIsOdd, tweak);
    const output = engine.tweakPublicKey(xOnly, tweak);
    if (scalar === undefined || output === undefined) throw noOutputKey();
    try {
      const signature = engine.sign(message, scalar, auxiliaryRandomness(request));
      return { signature, outputKey: output.xOnlyPublicKey };
    } finally {
      wipe(scalar);
    }
  },
  verify(parts, request) {
    const message = messageOrDigest(request);
    if (request.signature.length !== SIGNATURE_BYTES) return false;
    const engine = SCHNORR_ENGINES.choose(parts.preference);
    const xOnly = publicKeyBytes(parts).subarray(1, 33);
    const output = engine.tweakPublicKey(xOnly, taprootTweak(xOnly, merkleRootOf(request.merkleRoot)));
    return output !== undefined && engine.verify(request.signature, message, output.xOnlyPublicKey);
  },
};

/**
 * The taproot output key of an internal key (BIP-341).
 *
 * @param internalKey the x-only key (32 bytes) or the uncompressed point (65 bytes).
 * @param merkleRoot root of the script tree, 32 bytes; absent for the key path alone.
 *
 * Errors: `InvalidRequest` (lengths), `InvalidKeyMaterial` when the internal key is no x coordinate of the curve.
 */
export function taprootOutputKey(internalKey: Uint8Array, merkleRoot?: Uint8Array): TweakedKey {
  if (internalKey.length !== 32 && internalKey.length !== 65) {
    throw invalidRequest(`An internal key has 32 or 65 bytes, not ${internalKey.length}.`, "internalKey");
  }
  const xOnly = internalKey.length === 65 ? internalKey.subarray(1, 33) : internalKey;
  const tweak = taprootTweak(xOnly, merkleRootOf(merkleRoot));
  const output = SCHNORR_ENGINES.choose(undefined).tweakPublicKey(xOnly, tweak);
  if (output === undefined) throw noOutputKey();
  return output;
}

/**
 * The uncompressed public key (65 bytes) that an x-only key stands for: the one with an even y (BIP-340 lift_x).
 *
 * Errors: `InvalidRequest` (length), `InvalidKeyMaterial` when it is no x coordinate of the curve.
 */
export function liftXOnlyPublicKey(xOnlyPublicKey: Uint8Array): Uint8Array {
  if (xOnlyPublicKey.length !== 32) {
    throw invalidRequest(`An x-only key has 32 bytes, not ${xOnlyPublicKey.length}.`, "xOnlyPublicKey");
  }
  const publicKey = SCHNORR_ENGINES.choose(undefined).liftX(xOnlyPublicKey);
  if (publicKey === undefined) throw invalidKeyMaterial("no point of secp256k1 has this x coordinate");
  return publicKey;
}

function noOutputKey(): Error {
  return invalidKeyMaterial("the key has no taproot output key");
}

function merkleRootOf(merkleRoot: Uint8Array | undefined): Uint8Array | undefined {
  if (merkleRoot !== undefined && merkleRoot.length !== 32) {
    throw invalidRequest(`A Merkle root has 32 bytes, not ${merkleRoot.length}.`, "merkleRoot");
  }
  return merkleRoot;
}

function auxiliaryRandomness(request: SignRequest): Uint8Array {
  const given = request.auxiliaryRandomness;
  if (given !== undefined && given.length !== 32) {
    throw invalidRequest(`Auxiliary randomness has 32 bytes, not ${given.length}.`, "auxiliaryRandomness");
  }
  return given ?? randomBytes(32);
}

function messageOrDigest(request: SignatureParameters): Uint8Array {
  const { message, digest } = request;
  if (message !== undefined && digest === undefined) return message;
  if (digest === undefined || message !== undefined) {
    throw invalidRequest("Give a message or a digest, and not both.", "message");
  }
  if (digest.length !== 32) throw invalidRequest(`The digest has 32 bytes, not ${digest.length}.`, "digest");
  return digest;
}

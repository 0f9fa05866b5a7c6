/** libsecp256k1 as a native addon (the optional package `secp256k1`): taken when it is installed and works. */

import { randomBytes } from "node:crypto";
import { isZero } from "./byte-strings.ts";
import type { CurveEngine } from "./curve-engine.ts";
import { digestToScalarBytes, isSignatureInRange, normaliseLowS } from "./ecdsa-signature.ts";
import { type LazyModule, nativeSecp256k1, type NativeSecp256k1 } from "./lazy-module.ts";

/** secp256k1 by the native addon. */
export const NATIVE_SECP256K1: CurveEngine = nativeEngine(nativeSecp256k1);

/** The engine over one addon; the addon is a parameter so that its absence and its failure can be shown. */
export function nativeEngine(addon: LazyModule<NativeSecp256k1>): CurveEngine {
  return {
    name: "libsecp256k1-native",
    available: () => works(addon),
    publicKey: (scalar) => addon.get().publicKeyCreate(scalar, false),
    isPoint: (publicKey) => addon.get().publicKeyVerify(publicKey),
    signDigest(digest, scalar) {
      const { signature, recid } = addon.get().ecdsaSign(digestToScalarBytes("secp256k1", digest), scalar);
      return { signature, recoveryId: recid };
    },
    verifyDigest(signature, digest, publicKey) {
      if (!isSignatureInRange("secp256k1", signature)) return false;
      const lowS = normaliseLowS("secp256k1", signature).signature;
      return addon.get().ecdsaVerify(lowS, digestToScalarBytes("secp256k1", digest), publicKey);
    },
    sharedSecret: (scalar, publicKey) => addon.get().ecdh(publicKey, scalar, { hashfn: (x) => x }, new Uint8Array(32)),
    recover(signature, recoveryId, digest) {
      if (!isSignatureInRange("secp256k1", signature)) return undefined;
      try {
        return addon.get().ecdsaRecover(signature, recoveryId, digestToScalarBytes("secp256k1", digest), false);
      } catch (error) {
        if (error instanceof Error) return undefined;
        throw error;
      }
    },
  };
}

/** Loads the addon and signs once: an addon built for another runtime may load and then fail. */
function works(addon: LazyModule<NativeSecp256k1>): boolean {
  try {
    const scalar = new Uint8Array(32).fill(1);
    const digest = randomBytes(32);
    const { signature } = addon.get().ecdsaSign(digest, scalar);
    return !isZero(signature) && addon.get().ecdsaVerify(signature, digest, addon.get().publicKeyCreate(scalar, false));
  } catch (error) {
    // Not installed, or not for this runtime: the WebAssembly engine is used.
    if (error instanceof Error) return false;
    throw error;
  }
}

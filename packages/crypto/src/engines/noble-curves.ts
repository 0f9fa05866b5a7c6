/** The Weierstrass curves of @noble/curves: ready-made digests on the NIST curves, and the check on other engines. */

import type { ECDSA } from "@noble/curves/abstract/weierstrass.js";
import type { CurveEngine } from "./curve-engine.ts";
import { nobleNist, nobleSecp256k1 } from "./lazy-module.ts";

const RAW = { prehash: false, lowS: false } as const;

function nobleCurve(curve: () => ECDSA): CurveEngine {
  return {
    name: "noble",
    publicKey: (scalar) => curve().getPublicKey(scalar, false),
    isPoint: (publicKey) => curve().utils.isValidPublicKey(publicKey, false),
    signDigest(digest, scalar) {
      const recovered = curve().sign(digest, scalar, { ...RAW, format: "recovered" });
      return { signature: recovered.subarray(1), recoveryId: recovered[0] ?? 0 };
    },
    verifyDigest(signature, digest, publicKey) {
      return curve().verify(signature, digest, publicKey, RAW);
    },
    sharedSecret: (scalar, publicKey) => curve().getSharedSecret(scalar, publicKey, true).subarray(1),
    recover(signature, recoveryId, digest) {
      const recovered = new Uint8Array(1 + signature.length);
      recovered[0] = recoveryId;
      recovered.set(signature, 1);
      try {
        const compressed = curve().recoverPublicKey(recovered, digest, { prehash: false });
        return curve().Point.fromBytes(compressed).toBytes(false);
      } catch (error) {
        if (error instanceof Error) return undefined;
        throw error;
      }
    },
  };
}

/** P-256, P-384, P-521 and secp256k1 of @noble/curves. */
export const NOBLE_CURVES: Readonly<Record<"P-256" | "P-384" | "P-521" | "secp256k1", CurveEngine>> = {
  "P-256": nobleCurve(() => nobleNist.get().p256),
  "P-384": nobleCurve(() => nobleNist.get().p384),
  "P-521": nobleCurve(() => nobleNist.get().p521),
  secp256k1: nobleCurve(() => nobleSecp256k1.get().secp256k1),
};

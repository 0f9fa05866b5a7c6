/** The stark curve as an engine: the one engine that has it. */

import type { CurveEngine } from "./curve-engine.ts";
import { starkCurve } from "./lazy-module.ts";

/** The stark curve over noble. Digests have exactly 32 bytes, as `stark-engine.ts` reads them. */
export const STARK_CURVE: CurveEngine = {
  name: "noble",
  publicKey: (scalar) => starkCurve.get().getPublic(scalar),
  isPoint: (publicKey) => starkCurve.get().isValidPublicKey(publicKey),
  signDigest(digest, scalar) {
    const { signature, recovery } = starkCurve.get().sign(digest, scalar);
    return { signature, recoveryId: recovery };
  },
  verifyDigest: (signature, digest, publicKey) => starkCurve.get().verify(signature, digest, publicKey),
  sharedSecret: (scalar, publicKey) => starkCurve.get().agree(scalar, publicKey),
  recover: (signature, recoveryId, digest) => starkCurve.get().recover({ signature, recovery: recoveryId }, digest),
};

/** libsecp256k1 compiled to WebAssembly (tiny-secp256k1): the default for secp256k1, three times OpenSSL. */

import type { CurveEngine } from "./curve-engine.ts";
import { isZero } from "./byte-strings.ts";
import { digestToScalarBytes } from "./ecdsa-signature.ts";
import { tinySecp256k1 } from "./lazy-module.ts";

/** secp256k1 by libsecp256k1 in WebAssembly. */
export const WASM_SECP256K1: CurveEngine = {
  name: "libsecp256k1-wasm",
  publicKey: (scalar) => present(tinySecp256k1.get().pointFromScalar(scalar, false)),
  isPoint: (publicKey) => tinySecp256k1.get().isPoint(publicKey),
  signDigest: (digest, scalar) => tinySecp256k1.get().signRecoverable(digestToScalarBytes("secp256k1", digest), scalar),
  verifyDigest(signature, digest, publicKey) {
    return refused(() => tinySecp256k1.get().verify(digestToScalarBytes("secp256k1", digest), publicKey, signature));
  },
  sharedSecret: (scalar, publicKey) => present(tinySecp256k1.get().pointMultiply(publicKey, scalar, true)).subarray(1),
  recover(signature, recoveryId, digest) {
    if (recoveryId !== 0 && recoveryId !== 1 && recoveryId !== 2 && recoveryId !== 3) return undefined;
    if (isZero(signature.subarray(0, 32)) || isZero(signature.subarray(32))) return undefined;
    try {
      const hash = digestToScalarBytes("secp256k1", digest);
      return tinySecp256k1.get().recover(hash, signature, recoveryId, false) ?? undefined;
    } catch (error) {
      if (error instanceof Error) return undefined;
      throw error;
    }
  },
};

/** libsecp256k1 throws where a number is out of range; to a verifier that is a refusal like any other. */
function refused(verify: () => boolean): boolean {
  try {
    return verify();
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function present<T>(value: T | null): T {
  if (value === null) throw new TypeError("libsecp256k1 gave no point.");
  return value;
}

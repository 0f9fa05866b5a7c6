/** ML-DSA (FIPS 204), pure, with context strings. */

import { type KeyObject, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { plain } from "../engines/byte-strings.ts";
import { ML_DSA_SIGNATURE_BYTES, type MlDsaType, nobleDsa } from "../engines/ml-parameters.ts";
import { hasMlDsa } from "../engines/node-features.ts";
import { invalidRequest } from "../errors.ts";
import {
  expandedKeyBytes,
  privateKeyObject,
  publicKeyBytes,
  publicKeyObject,
  type PublicKeyParts,
} from "../keys/key-parts.ts";
import {
  contextOf,
  messageOf,
  type SignatureScheme,
  type SignRequest,
  type VerifyRequest,
} from "./signature-scheme.ts";

/** The scheme of one parameter set. `node:crypto` signs hedged only, so the deterministic variant is noble's. */
export function mlDsaScheme(keyType: MlDsaType): SignatureScheme {
  const onNode = (parts: PublicKeyParts, request: SignRequest | VerifyRequest): boolean =>
    parts.preference !== "noble" && !choosesRandomness(request) && hasMlDsa();
  return {
    engine: (preference) => (preference !== "noble" && hasMlDsa() ? "node" : "noble"),
    sign(parts, request) {
      const message = messageOf(request);
      const context = contextOf(request);
      if (onNode(parts, request)) {
        return { signature: plain(nodeSign(null, message, withContext(privateKeyObject(parts), context))) };
      }
      const signature = nobleDsa(keyType).sign(message, expandedKeyBytes(parts), {
        ...(context === undefined ? {} : { context }),
        ...randomnessOption(request),
      });
      return { signature };
    },
    verify(parts, request) {
      const message = messageOf(request);
      const context = contextOf(request);
      if (request.signature.length !== ML_DSA_SIGNATURE_BYTES[keyType]) return false;
      if (onNode(parts, request)) {
        return nodeVerify(null, message, withContext(publicKeyObject(parts), context), request.signature);
      }
      const options = context === undefined ? {} : { context };
      return nobleDsa(keyType).verify(request.signature, message, publicKeyBytes(parts), options);
    },
    signInPool(parts, request) {
      const message = messageOf(request);
      const context = contextOf(request);
      if (!onNode(parts, request)) return undefined;
      return (done) => {
        nodeSign(null, message, withContext(privateKeyObject(parts), context), (error, signature) => {
          if (error !== null) done(error);
          else done(null, { signature: plain(signature) });
        });
      };
    },
    verifyInPool(parts, request) {
      const message = messageOf(request);
      const context = contextOf(request);
      if (!onNode(parts, request) || request.signature.length !== ML_DSA_SIGNATURE_BYTES[keyType]) return undefined;
      return (done) => nodeVerify(null, message, withContext(publicKeyObject(parts), context), request.signature, done);
    },
  };
}

function choosesRandomness(request: SignRequest | VerifyRequest): boolean {
  if ("signature" in request) return false;
  return request.deterministic === true || request.auxiliaryRandomness !== undefined;
}

function randomnessOption(request: SignRequest): { extraEntropy?: Uint8Array | false } {
  const { deterministic, auxiliaryRandomness } = request;
  if (auxiliaryRandomness === undefined) return deterministic === true ? { extraEntropy: false } : {};
  if (auxiliaryRandomness.length !== 32 || deterministic === true) {
    throw invalidRequest("ML-DSA takes 32 bytes of randomness, and none when deterministic.", "auxiliaryRandomness");
  }
  return { extraEntropy: auxiliaryRandomness };
}

function withContext(
  key: KeyObject,
  context: Uint8Array | undefined,
): KeyObject | { key: KeyObject; context: Uint8Array } {
  return context === undefined ? key : { key, context };
}

/** The port `Verifier`: in this process, with the public key the device holds. */

import type { PublicKey, Verifier, VerifyRequest } from "@keyrail/core";
import { prepareEngines, verify } from "@keyrail/crypto";
import { limitsOf } from "../client/limits.ts";
import { normaliseKid } from "../keys/key-record.ts";
import { type OperationParts, usageNotPermitted } from "./operation-parts.ts";
import { openedOnce, signsWith } from "./signer.ts";

/**
 * The verifier of one device. The public key is fetched once per key; checking a signature is then no secret operation
 * and needs no device: no turn in its queue, no limit of 2,048 bytes, none of the garbage statuses of `mldsa/verify`
 * (encedo-hem.md, section 7), and ML-DSA keys that were imported work too.
 */
export function verifier(parts: OperationParts): Verifier {
  return {
    async verify(request, options) {
      const kid = normaliseKid(parts.uri, request.key);
      const publicKey = await parts.reader.publicKey(kid, limitsOf(options, parts.timing));
      if (!signsWith(publicKey.keyType, request.algorithm)) {
        throw usageNotPermitted(parts.uri, kid, "verify", `it is a ${publicKey.keyType} key`);
      }
      return verifyHere(publicKey, request);
    },
  };
}

async function verifyHere(publicKey: PublicKey, request: VerifyRequest): Promise<boolean> {
  const { key: _key, ...parameters } = request;
  await prepareEngines(publicKey.keyType, { algorithm: request.algorithm });
  return verify(openedOnce(publicKey), parameters);
}

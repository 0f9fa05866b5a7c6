/** The port `KeyAgreement`. */

import { KeyrailError, type KeyAgreement, type KeyType } from "@keyrail/core";
import { limitsOf } from "../client/limits.ts";
import { keyNotFound } from "../errors.ts";
import { normaliseKid } from "../keys/key-record.ts";
import { checkSameCurve, otherCurve, peerOf, sourceType } from "../keys/peer.ts";
import { explainRefusal, operationFailed, type OperationParts, usageNotPermitted } from "./operation-parts.ts";

/** Curves whose whole secret fits the 32 bytes the device gives (section 6). */
const WHOLE: readonly KeyType[] = ["P-256", "secp256k1", "X25519"];

/** Agreement with the keys of one device. */
export function agreement(parts: OperationParts): KeyAgreement {
  const { uri, crypto, reader, timing } = parts;
  return {
    async agree(request, options) {
      const kid = normaliseKid(uri, request.key);
      const limits = limitsOf(options, timing);
      const fits = (keyType: KeyType): boolean =>
        WHOLE.includes(keyType) && (keyType === "X25519") === (request.algorithm === "X25519");
      if ("publicKey" in request.peer && !fits(request.peer.publicKey.keyType)) throw otherCurve();
      const keyType = await sourceType(parts, kid, limits);
      if (keyType !== undefined && !fits(keyType)) throw usageNotPermitted(uri, kid, "agree", `it is a ${keyType} key`);
      checkSameCurve(keyType, request.peer);
      const peer = peerOf(uri, request.peer);
      const secret = await crypto.agree(kid, peer, limits);
      if (secret === undefined) {
        await explainRefusal(parts, kid, { usage: "agree", fits }, limits);
        if ("kid" in peer) {
          const other = await reader.facts(peer.kid, limits);
          if (other === undefined) throw keyNotFound(`${uri}/${peer.kid}`);
        }
        throw operationFailed("agree");
      }
      if (secret.some((byte) => byte !== 0)) return secret;
      throw new KeyrailError("InvalidKeyMaterial", "The peer's public key is of low order: the secret would be zero.", {
        reason: "low order",
      });
    },
  };
}

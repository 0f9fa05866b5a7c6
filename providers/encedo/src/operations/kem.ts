/** The port `Kem`. */

import { type Kem, type KemAlgorithm, KeyrailError, type KeyType } from "@keyrail/core";
import { limitsOf } from "../client/limits.ts";
import { normaliseKid } from "../keys/key-record.ts";
import { explainRefusal, operationFailed, type OperationParts, usageNotPermitted } from "./operation-parts.ts";

/** Ciphertext lengths of FIPS 203: they tell the parameter set. */
export const CIPHERTEXT_BYTES: Readonly<Record<KemAlgorithm, number>> = {
  "ML-KEM-512": 768,
  "ML-KEM-768": 1088,
  "ML-KEM-1024": 1568,
};

/** Encapsulation with the keys of one device. */
export function kem(parts: OperationParts): Kem {
  const { uri, crypto, timing } = parts;
  return {
    async encapsulate({ key, algorithm }, options) {
      const kid = normaliseKid(uri, key);
      const limits = limitsOf(options, timing);
      const made = await crypto.encapsulate(kid, limits);
      if (made === undefined) {
        await explainRefusal(parts, kid, { usage: "encapsulate", fits: (type) => type === algorithm }, limits);
        throw operationFailed("encapsulate");
      }
      if (made.ct.length !== CIPHERTEXT_BYTES[algorithm]) {
        made.ss.fill(0);
        // The endpoint takes no algorithm: it uses whatever ML-KEM key it is given.
        throw usageNotPermitted(uri, kid, "encapsulate", `it is no ${algorithm} key`);
      }
      return { ciphertext: made.ct, sharedSecret: made.ss };
    },

    async decapsulate({ key, algorithm, ciphertext }, options) {
      const kid = normaliseKid(uri, key);
      const limits = limitsOf(options, timing);
      const bytes = CIPHERTEXT_BYTES[algorithm];
      if (ciphertext.length !== bytes) {
        throw new KeyrailError("InvalidRequest", `A ciphertext of ${algorithm} has ${bytes} bytes.`, {
          path: "ciphertext",
        });
      }
      const secret = await crypto.decapsulate(kid, ciphertext, limits);
      if (secret !== undefined) return secret;
      await explainRefusal(parts, kid, { usage: "encapsulate", fits: (type: KeyType) => type === algorithm }, limits);
      throw operationFailed("decapsulate");
    },
  };
}

/** The port `Mac`. */

import type { KeyType, Mac, MacAlgorithm } from "@keyrail/core";
import { limitsOf } from "../client/limits.ts";
import { unexpected } from "../errors.ts";
import { normaliseKid } from "../keys/key-record.ts";
import { explainRefusal, operationFailed, type OperationParts, requireKeyType } from "./operation-parts.ts";

/** The key type and the tag length of each algorithm: the device takes the hash from the key, whatever is asked. */
export const MAC_KEYS: Readonly<Record<MacAlgorithm, { readonly keyType: KeyType; readonly bytes: number }>> = {
  HS256: { keyType: "HMAC-SHA-256", bytes: 32 },
  HS384: { keyType: "HMAC-SHA-384", bytes: 48 },
  HS512: { keyType: "HMAC-SHA-512", bytes: 64 },
  "HMAC-SHA3-256": { keyType: "HMAC-SHA3-256", bytes: 32 },
  "HMAC-SHA3-384": { keyType: "HMAC-SHA3-384", bytes: 48 },
  "HMAC-SHA3-512": { keyType: "HMAC-SHA3-512", bytes: 64 },
};

/** MACs with the keys of one device. */
export function macs(parts: OperationParts): Mac {
  const { uri, crypto, timing } = parts;
  return {
    async mac({ key, algorithm, message }, options) {
      const kid = normaliseKid(uri, key);
      const limits = limitsOf(options, timing);
      await requireKeyType(parts, kid, { usage: "mac", algorithm, keyType: MAC_KEYS[algorithm].keyType }, limits);
      const tag = await crypto.mac(kid, message, limits);
      if (tag === undefined) {
        await explainRefusal(
          parts,
          kid,
          { usage: "mac", fits: (type) => type === MAC_KEYS[algorithm].keyType },
          limits,
        );
        throw operationFailed("make a MAC");
      }
      if (tag.length !== MAC_KEYS[algorithm].bytes) throw unexpected("its MAC has another length", { mutates: false });
      return tag;
    },

    async verifyMac({ key, algorithm, message, tag }, options) {
      const kid = normaliseKid(uri, key);
      const limits = limitsOf(options, timing);
      await requireKeyType(parts, kid, { usage: "mac", algorithm, keyType: MAC_KEYS[algorithm].keyType }, limits);
      if ((await crypto.verifyMac(kid, message, tag, limits)) === true) return true;
      // A wrong tag, and a key that is gone, are the same 406.
      await explainRefusal(parts, kid, { usage: "mac", fits: (type) => type === MAC_KEYS[algorithm].keyType }, limits);
      return false;
    },
  };
}

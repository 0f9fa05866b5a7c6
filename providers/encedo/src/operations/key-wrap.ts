/** The port `KeyWrap`: RFC 3394 with the default initial value. */

import { KeyrailError, type KeyType, type KeyWrap, type WrapAlgorithm } from "@keyrail/core";
import { limitsOf } from "../client/limits.ts";
import { PROVIDER, unexpected } from "../errors.ts";
import { normaliseKid } from "../keys/key-record.ts";
import { decryptionFailed } from "./cipher.ts";
import { explainRefusal, operationFailed, type OperationParts, requireKeyType } from "./operation-parts.ts";

/** The device's `alg` and the key type of each algorithm; it has no RFC 5649. */
export const WRAP_NAMES: Readonly<Partial<Record<WrapAlgorithm, { readonly alg: string; readonly keyType: KeyType }>>> =
  {
    A128KW: { alg: "AES128", keyType: "AES-128" },
    A192KW: { alg: "AES192", keyType: "AES-192" },
    A256KW: { alg: "AES256", keyType: "AES-256" },
  };

/** Key wrapping with the keys of one device. */
export function keyWrap(parts: OperationParts): KeyWrap {
  const { uri, crypto, timing } = parts;
  return {
    async wrap({ key, algorithm, plaintext }, options) {
      const kid = normaliseKid(uri, key);
      const limits = limitsOf(options, timing);
      const { alg, keyType } = named(algorithm);
      if (plaintext.length % 8 !== 0) {
        throw new KeyrailError(
          "InvalidRequest",
          `RFC 3394 wraps a multiple of 8 bytes, at least 16; these are ${plaintext.length}.`,
          { path: "plaintext" },
        );
      }
      await requireKeyType(parts, kid, { usage: "wrap", algorithm, keyType }, limits);
      const wrapped = await crypto.wrap(kid, alg, plaintext, limits);
      if (wrapped === undefined) {
        await explainRefusal(parts, kid, { usage: "wrap", fits: (type) => type === keyType }, limits);
        throw operationFailed("wrap");
      }
      if (wrapped.length === plaintext.length + 8) return wrapped;
      throw unexpected("its wrapped key has another length", { mutates: false });
    },

    async unwrap({ key, algorithm, wrapped }, options) {
      const kid = normaliseKid(uri, key);
      const limits = limitsOf(options, timing);
      const { alg, keyType } = named(algorithm);
      if (wrapped.length % 8 !== 0) throw decryptionFailed(algorithm);
      await requireKeyType(parts, kid, { usage: "wrap", algorithm, keyType }, limits);
      const plaintext = await crypto.unwrap(kid, alg, wrapped, limits);
      if (plaintext !== undefined) {
        if (plaintext.length === wrapped.length - 8) return plaintext;
        plaintext.fill(0);
        throw unexpected("its unwrapped key has another length", { mutates: false });
      }
      await explainRefusal(parts, kid, { usage: "wrap", fits: (type) => type === keyType }, limits);
      throw decryptionFailed(algorithm);
    },
  };
}

function named(algorithm: WrapAlgorithm): { readonly alg: string; readonly keyType: KeyType } {
  const name = WRAP_NAMES[algorithm];
  if (name !== undefined) return name;
  throw new KeyrailError("UnsupportedCapability", `The Encedo HEM does not wrap with ${algorithm}.`, {
    provider: PROVIDER,
    operation: "wrap",
    algorithm,
  });
}

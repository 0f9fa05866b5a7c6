/** The port `Cipher`. */

import { type Cipher, type CipherAlgorithm, KeyrailError, type KeyType } from "@keyrail/core";
import { limitsOf } from "../client/limits.ts";
import { unexpected } from "../errors.ts";
import { normaliseKid } from "../keys/key-record.ts";
import { explainRefusal, operationFailed, type OperationParts, requireKeyType } from "./operation-parts.ts";

/** The device's `alg` and the key type of each algorithm; exactly 10 characters (section 6). */
export const CIPHER_NAMES: Readonly<Record<CipherAlgorithm, { readonly alg: string; readonly keyType: KeyType }>> = {
  A128GCM: { alg: "AES128-GCM", keyType: "AES-128" },
  A192GCM: { alg: "AES192-GCM", keyType: "AES-192" },
  A256GCM: { alg: "AES256-GCM", keyType: "AES-256" },
  A128CBC: { alg: "AES128-CBC", keyType: "AES-128" },
  A192CBC: { alg: "AES192-CBC", keyType: "AES-192" },
  A256CBC: { alg: "AES256-CBC", keyType: "AES-256" },
};

/** Ciphers with the keys of one device. */
export function ciphers(parts: OperationParts): Cipher {
  const { uri, crypto, timing } = parts;
  return {
    async encrypt({ key, algorithm, plaintext, additionalData }, options) {
      const kid = normaliseKid(uri, key);
      const limits = limitsOf(options, timing);
      const { alg, keyType } = CIPHER_NAMES[algorithm];
      await requireKeyType(parts, kid, { usage: "encrypt", algorithm, keyType }, limits);
      const made = await crypto.encrypt(kid, { alg, plaintext, additionalData: present(additionalData) }, limits);
      if (made === undefined) {
        await explainRefusal(parts, kid, { usage: "encrypt", fits: (type) => type === keyType }, limits);
        throw operationFailed("encrypt");
      }
      const { ciphertext, iv, tag } = made;
      const expected = isGcm(algorithm) ? plaintext.length : plaintext.length + 16 - (plaintext.length % 16);
      if (iv === undefined || isGcm(algorithm) !== (tag !== undefined) || ciphertext.length !== expected) {
        throw unexpected("its ciphertext has not the parts or the length of the algorithm", { mutates: false });
      }
      return { ciphertext, iv, ...(tag === undefined ? {} : { tag }) };
    },

    async decrypt({ key, algorithm, ciphertext, iv, tag, additionalData }, options) {
      const kid = normaliseKid(uri, key);
      const limits = limitsOf(options, timing);
      const { alg, keyType } = CIPHER_NAMES[algorithm];
      if (isGcm(algorithm) !== (tag !== undefined)) {
        throw new KeyrailError("InvalidRequest", "GCM needs its tag of 16 bytes, CBC has none.", { path: "tag" });
      }
      // What is not whole blocks can't be CBC; the device need not be asked.
      if (!isGcm(algorithm) && ciphertext.length % 16 !== 0) throw decryptionFailed(algorithm);
      await requireKeyType(parts, kid, { usage: "encrypt", algorithm, keyType }, limits);
      const request = { alg, ciphertext, iv, tag, additionalData: present(additionalData) };
      const plaintext = await crypto.decrypt(kid, request, limits);
      if (plaintext !== undefined) return plaintext;
      await explainRefusal(parts, kid, { usage: "encrypt", fits: (type) => type === keyType }, limits);
      throw decryptionFailed(algorithm);
    },
  };
}

function isGcm(algorithm: CipherAlgorithm): boolean {
  return algorithm.endsWith("GCM");
}

/** Empty additional data authenticates nothing: the device takes none of it. */
function present(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}

/** One text for every cause. */
export function decryptionFailed(algorithm: string): KeyrailError<"DecryptionFailed"> {
  return new KeyrailError("DecryptionFailed", "The ciphertext can't be decrypted with this key.", { algorithm });
}

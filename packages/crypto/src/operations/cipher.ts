/** AES-GCM (SP 800-38D) and AES-CBC with PKCS#7 padding (SP 800-38A). */

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { CipherAlgorithm, KeyType } from "@keyrail/core";
import { concatenate, plain } from "../engines/byte-strings.ts";
import { nobleCbc, nobleGcm } from "../engines/noble-symmetric.ts";
import { decryptionFailed, invalidRequest } from "../errors.ts";
import { secretKeyObject, type SecretKeyParts } from "../keys/key-parts.ts";
import { type OpenedSecretKey, secretPartsOf } from "../keys/opened-keys.ts";

interface GcmCipher {
  readonly mode: "gcm";
  readonly keyType: KeyType;
  readonly name: "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm";
}
interface CbcCipher {
  readonly mode: "cbc";
  readonly keyType: KeyType;
  readonly name: "aes-128-cbc" | "aes-192-cbc" | "aes-256-cbc";
}

type AesCipher = GcmCipher | CbcCipher;

const CIPHERS: Readonly<Record<CipherAlgorithm, AesCipher>> = {
  A128GCM: { mode: "gcm", keyType: "AES-128", name: "aes-128-gcm" },
  A192GCM: { mode: "gcm", keyType: "AES-192", name: "aes-192-gcm" },
  A256GCM: { mode: "gcm", keyType: "AES-256", name: "aes-256-gcm" },
  A128CBC: { mode: "cbc", keyType: "AES-128", name: "aes-128-cbc" },
  A192CBC: { mode: "cbc", keyType: "AES-192", name: "aes-192-cbc" },
  A256CBC: { mode: "cbc", keyType: "AES-256", name: "aes-256-cbc" },
};

/** Length of a GCM tag, in bytes. Shorter tags are neither made nor taken. */
const TAG_BYTES = 16;
const GCM_IV_BYTES = 12;
const CBC_IV_BYTES = 16;

/** What encryption takes beside the plaintext. */
export interface EncryptRequest {
  readonly algorithm: CipherAlgorithm;
  readonly plaintext: Uint8Array;
  /** GCM: 1 to 128 bytes, 12 fresh random ones when absent. CBC: 16 bytes, fresh random ones when absent. */
  readonly iv?: Uint8Array;
  /** GCM only: additional authenticated data. */
  readonly additionalData?: Uint8Array;
}

/** An encrypted message in its parts, as JWE has them. */
export interface Ciphertext {
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** GCM only: 16 bytes. */
  readonly tag?: Uint8Array;
}

/** What decryption takes. */
export interface DecryptRequest extends Ciphertext {
  readonly algorithm: CipherAlgorithm;
  readonly additionalData?: Uint8Array;
}

function cipherFor(key: OpenedSecretKey, algorithm: CipherAlgorithm): AesCipher {
  const cipher = CIPHERS[algorithm];
  if (cipher.keyType !== key.keyType) {
    throw invalidRequest(`A ${key.keyType} key does not encrypt with ${algorithm}.`, "algorithm");
  }
  return cipher;
}

function checkIv(cipher: AesCipher, iv: Uint8Array): void {
  if (cipher.mode === "cbc" && iv.length !== CBC_IV_BYTES) {
    throw invalidRequest(`The IV of AES-CBC has 16 bytes, not ${iv.length}.`, "iv");
  }
  if (cipher.mode === "gcm" && (iv.length === 0 || iv.length > 128)) {
    throw invalidRequest(`The IV of AES-GCM has 1 to 128 bytes (12 unless there is a reason), not ${iv.length}.`, "iv");
  }
}

/** Encrypts. Errors: `InvalidRequest`, `Closed`. */
export function encrypt(key: OpenedSecretKey, request: EncryptRequest): Ciphertext {
  const cipher = cipherFor(key, request.algorithm);
  const iv = request.iv ?? randomBytes(cipher.mode === "gcm" ? GCM_IV_BYTES : CBC_IV_BYTES);
  checkIv(cipher, iv);
  if (cipher.mode === "cbc" && request.additionalData !== undefined) {
    throw invalidRequest("AES-CBC takes no additional data.", "additionalData");
  }
  const parts = secretPartsOf(key);
  const keyObject = secretKeyObject(parts);
  if (usesNoble(cipher, parts, iv)) return encryptByNoble(cipher, keyObject.export(), iv, request);
  if (cipher.mode === "cbc") {
    const cbc = createCipheriv(cipher.name, keyObject, iv);
    return { iv: plain(iv), ciphertext: concatenate(cbc.update(request.plaintext), cbc.final()) };
  }
  const gcm = createCipheriv(cipher.name, keyObject, iv);
  if (request.additionalData !== undefined) gcm.setAAD(request.additionalData);
  const ciphertext = gcm.update(request.plaintext);
  gcm.final();
  return { iv: plain(iv), ciphertext: plain(ciphertext), tag: plain(gcm.getAuthTag()) };
}

/** Decrypts. Errors: `DecryptionFailed` with one text for every cause, `InvalidRequest` (lengths), `Closed`. */
export function decrypt(key: OpenedSecretKey, request: DecryptRequest): Uint8Array {
  const { algorithm, iv, ciphertext, tag } = request;
  const cipher = cipherFor(key, algorithm);
  checkIv(cipher, iv);
  const parts = secretPartsOf(key);
  const keyObject = secretKeyObject(parts);
  if (cipher.mode === "gcm" && tag?.length !== TAG_BYTES) throw decryptionFailed(algorithm);
  try {
    if (usesNoble(cipher, parts, iv)) return decryptByNoble(cipher, keyObject.export(), request);
    if (cipher.mode === "cbc") {
      const cbc = createDecipheriv(cipher.name, keyObject, iv);
      return concatenate(cbc.update(ciphertext), cbc.final());
    }
    const gcm = createDecipheriv(cipher.name, keyObject, iv, { authTagLength: TAG_BYTES });
    gcm.setAuthTag(tag ?? new Uint8Array(TAG_BYTES));
    if (request.additionalData !== undefined) gcm.setAAD(request.additionalData);
    const plaintext = gcm.update(ciphertext);
    gcm.final();
    return plain(plaintext);
  } catch {
    // No cause: what failed is not to be told.
    throw decryptionFailed(algorithm);
  }
}

/** noble's AES-GCM takes no IV under 8 bytes; the engine of `node:crypto` has no such limit. */
function usesNoble(cipher: AesCipher, parts: SecretKeyParts, iv: Uint8Array): boolean {
  return parts.preference === "noble" && (cipher.mode === "cbc" || iv.length >= 8);
}

function encryptByNoble(cipher: AesCipher, key: Uint8Array, iv: Uint8Array, request: EncryptRequest): Ciphertext {
  if (cipher.mode === "cbc") return { iv, ciphertext: nobleCbc(key, iv).encrypt(request.plaintext) };
  const sealed = nobleGcm(key, iv, request.additionalData).encrypt(request.plaintext);
  return { iv, ciphertext: sealed.subarray(0, -TAG_BYTES), tag: sealed.subarray(-TAG_BYTES) };
}

function decryptByNoble(cipher: AesCipher, key: Uint8Array, request: DecryptRequest): Uint8Array {
  const { iv, ciphertext, tag, additionalData } = request;
  if (cipher.mode === "cbc") return nobleCbc(key, iv).decrypt(ciphertext);
  return nobleGcm(key, iv, additionalData).decrypt(concatenate(ciphertext, tag ?? new Uint8Array(0)));
}

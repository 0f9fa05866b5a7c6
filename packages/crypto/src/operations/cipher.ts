/** AES-GCM (SP 800-38D) and AES-CBC with PKCS#7 padding (SP 800-38A). */

import {
  type CipherGCM,
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  type Decipheriv,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { type CipherAlgorithm, type KeyType, wipe } from "@keyrail/core";
import { concatenate, plain } from "../engines/byte-strings.ts";
import { feedInPieces, isLarge } from "../engines/large-input.ts";
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
  const setup = setUpEncryption(key, request);
  if (setup.noble) return encryptByNoble(setup.cipher, setup.keyObject.export(), setup.iv, request);
  const running = startEncryption(setup, request);
  return finishEncryption(setup, running, [running.update(request.plaintext)]);
}

/** {@link encrypt}; a plaintext above 1 MiB in pieces, so that other work runs in between. */
export async function encryptAsync(key: OpenedSecretKey, request: EncryptRequest): Promise<Ciphertext> {
  const setup = setUpEncryption(key, request);
  if (setup.noble || !isLarge(request.plaintext)) return encrypt(key, { ...request, iv: setup.iv });
  const running = startEncryption(setup, request);
  const pieces: Uint8Array[] = [];
  await feedInPieces(request.plaintext, (piece) => pieces.push(running.update(piece)));
  return finishEncryption(setup, running, pieces);
}

/** Decrypts. Errors: `DecryptionFailed` with one text for every cause, `InvalidRequest` (lengths), `Closed`. */
export function decrypt(key: OpenedSecretKey, request: DecryptRequest): Uint8Array {
  const setup = setUpDecryption(key, request);
  try {
    if (setup.noble) return decryptByNoble(setup.cipher, setup.keyObject.export(), request);
    const running = startDecryption(setup, request);
    return finishDecryption(setup, running, [running.update(request.ciphertext)]);
  } catch {
    // No cause: what failed is not to be told.
    throw decryptionFailed(request.algorithm);
  }
}

/** {@link decrypt}; a ciphertext above 1 MiB in pieces, so that other work runs in between. */
export async function decryptAsync(key: OpenedSecretKey, request: DecryptRequest): Promise<Uint8Array> {
  const setup = setUpDecryption(key, request);
  if (setup.noble || !isLarge(request.ciphertext)) return decrypt(key, request);
  const pieces: Uint8Array[] = [];
  try {
    const running = startDecryption(setup, request);
    await feedInPieces(request.ciphertext, (piece) => pieces.push(running.update(piece)));
    return finishDecryption(setup, running, pieces);
  } catch {
    // No cause: what failed is not to be told.
    throw decryptionFailed(request.algorithm);
  } finally {
    // A large input makes two pieces and more, so that what is returned is a copy.
    wipe(...pieces);
  }
}

/** What is known once a request was checked. */
interface Setup {
  readonly cipher: AesCipher;
  readonly iv: Uint8Array;
  readonly keyObject: KeyObject;
  readonly noble: boolean;
}

function setUpEncryption(key: OpenedSecretKey, request: EncryptRequest): Setup {
  const cipher = cipherFor(key, request.algorithm);
  const iv = request.iv ?? randomBytes(cipher.mode === "gcm" ? GCM_IV_BYTES : CBC_IV_BYTES);
  return setUp(key, cipher, iv, request.additionalData);
}

function setUpDecryption(key: OpenedSecretKey, request: DecryptRequest): Setup {
  const { algorithm, iv, additionalData, tag } = request;
  const setup = setUp(key, cipherFor(key, algorithm), iv, additionalData);
  if (setup.cipher.mode === "gcm" && tag?.length !== TAG_BYTES) throw decryptionFailed(algorithm);
  return setup;
}

function setUp(key: OpenedSecretKey, cipher: AesCipher, iv: Uint8Array, additionalData: Uint8Array | undefined): Setup {
  checkIv(cipher, iv);
  if (cipher.mode === "cbc" && additionalData !== undefined) {
    throw invalidRequest("AES-CBC takes no additional data.", "additionalData");
  }
  const parts = secretPartsOf(key);
  return { cipher, iv, keyObject: secretKeyObject(parts), noble: usesNoble(cipher, parts, iv) };
}

function startEncryption({ cipher, keyObject, iv }: Setup, request: EncryptRequest): Cipheriv | CipherGCM {
  if (cipher.mode === "cbc") return createCipheriv(cipher.name, keyObject, iv);
  const gcm = createCipheriv(cipher.name, keyObject, iv);
  if (request.additionalData !== undefined) gcm.setAAD(request.additionalData);
  return gcm;
}

function finishEncryption(
  { cipher, iv }: Setup,
  running: Cipheriv | CipherGCM,
  pieces: readonly Uint8Array[],
): Ciphertext {
  const last = running.final();
  if (cipher.mode === "gcm" && "getAuthTag" in running) {
    return { iv: plain(iv), ciphertext: joined(pieces), tag: plain(running.getAuthTag()) };
  }
  return { iv: plain(iv), ciphertext: concatenate(...pieces, last) };
}

function startDecryption({ cipher, keyObject, iv }: Setup, request: DecryptRequest): Decipheriv {
  if (cipher.mode === "cbc") return createDecipheriv(cipher.name, keyObject, iv);
  const gcm = createDecipheriv(cipher.name, keyObject, iv, { authTagLength: TAG_BYTES });
  gcm.setAuthTag(request.tag ?? new Uint8Array(TAG_BYTES));
  if (request.additionalData !== undefined) gcm.setAAD(request.additionalData);
  return gcm;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? plain(only) : concatenate(...pieces);
}

/** Throws when the input is not authentic, or not padded as PKCS#7 says. */
function finishDecryption({ cipher }: Setup, running: Decipheriv, pieces: readonly Uint8Array[]): Uint8Array {
  const last = running.final();
  return cipher.mode === "cbc" ? concatenate(...pieces, last) : joined(pieces);
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

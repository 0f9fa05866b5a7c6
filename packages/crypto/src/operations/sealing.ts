/** Sealed records: AES-256-GCM with a fresh random IV, the record's identity as additional data. */

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { plain } from "../engines/byte-strings.ts";
import { decryptionFailed, invalidRequest } from "../errors.ts";
import { secretKeyObject } from "../keys/key-parts.ts";
import { type OpenedSecretKey, secretPartsOf } from "../keys/opened-keys.ts";

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** How many bytes a sealed record has over its content: IV and tag. */
export const SEAL_OVERHEAD_BYTES: number = IV_BYTES + TAG_BYTES;

/**
 * Seals content: IV (12 bytes), ciphertext, tag (16 bytes).
 *
 * With random IVs one key seals at most 2^32 records (SP 800-38D section 8.3).
 *
 * @param key of type AES-256. Errors: `InvalidRequest`, `Closed`.
 * @param additionalData what the record is bound to; the same bytes open it.
 */
export function seal(key: OpenedSecretKey, content: Uint8Array, additionalData: Uint8Array): Uint8Array {
  const keyObject = sealingKey(key);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyObject, iv);
  cipher.setAAD(additionalData);
  const ciphertext = cipher.update(content);
  cipher.final();
  const sealed = new Uint8Array(IV_BYTES + ciphertext.length + TAG_BYTES);
  sealed.set(iv);
  sealed.set(ciphertext, IV_BYTES);
  sealed.set(cipher.getAuthTag(), IV_BYTES + ciphertext.length);
  return sealed;
}

/**
 * The content of a sealed record, in bytes of its own that the caller wipes.
 *
 * Errors: `DecryptionFailed` when a byte of the record or of the additional data differs, or the key is another.
 */
export function openSealed(key: OpenedSecretKey, sealed: Uint8Array, additionalData: Uint8Array): Uint8Array {
  const keyObject = sealingKey(key);
  if (sealed.length < SEAL_OVERHEAD_BYTES) throw decryptionFailed("A256GCM");
  const decipher = createDecipheriv("aes-256-gcm", keyObject, sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  decipher.setAAD(additionalData);
  const content = decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    content.fill(0);
    throw decryptionFailed("A256GCM");
  }
  return plain(content);
}

function sealingKey(key: OpenedSecretKey): ReturnType<typeof secretKeyObject> {
  if (key.keyType !== "AES-256") throw invalidRequest(`Records are sealed with AES-256, not ${key.keyType}.`, "key");
  return secretKeyObject(secretPartsOf(key));
}

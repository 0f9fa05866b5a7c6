/**
 * Seals records with AES-256-GCM. Nonces: docs/decisions/0300-software-store-format.md, "Nonces".
 *
 * Layout of a sealed record: version (1 byte, 1), salt (16), nonce (12), ciphertext (as long as the secret), tag (16).
 */

import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from "node:crypto";
import { wipe } from "@keyrail/core";

const VERSION = 1;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_OFFSET = 1 + SALT_BYTES;
const CIPHERTEXT_OFFSET = NONCE_OFFSET + NONCE_BYTES;
const RECORD_KEY_INFO = "keyrail software store record key v1";
const FINGERPRINT_KEY_INFO = "keyrail software store fingerprint key v1";
/** Records sealed under one salt: the chance that two of them share a random nonce stays below 2^-56. */
const SEALS_PER_SALT = 2 ** 20;
/** Keys of other salts kept for reading; each takes about 0.5 KB. */
const KEPT_KEYS = 1024;
const NONCE_POOL = 340 * NONCE_BYTES;

/** Length of the data key, bytes. */
export const DATA_KEY_BYTES = 32;

/** The data key of a store at work: it seals and opens records. Its bytes are kept by OpenSSL only. */
export class RecordSealer {
  readonly #dataKey: KeyObject;
  readonly #recordKeys = new Map<string, KeyObject>();
  readonly #nonces = new Uint8Array(NONCE_POOL);
  #noncesUsed = NONCE_POOL;
  #salt = new Uint8Array(0);
  #sealingKey: KeyObject | undefined;
  #seals = 0;

  /** @param dataKey 32 bytes; copied, the caller wipes its own. */
  constructor(dataKey: Uint8Array) {
    this.#dataKey = createSecretKey(dataKey);
  }

  /** A key for fingerprints of requests, 32 bytes. */
  fingerprintKey(): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#dataKey, new Uint8Array(0), FINGERPRINT_KEY_INFO, 32));
  }

  /** Seals a secret, bound to its record by the associated data. */
  seal(secret: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const key = this.#currentKey();
    const sealed = new Uint8Array(CIPHERTEXT_OFFSET + secret.length + TAG_BYTES);
    sealed[0] = VERSION;
    sealed.set(this.#salt, 1);
    const nonce = this.#nonce();
    sealed.set(nonce, NONCE_OFFSET);
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData);
    sealed.set(cipher.update(secret), CIPHERTEXT_OFFSET);
    cipher.final();
    sealed.set(cipher.getAuthTag(), CIPHERTEXT_OFFSET + secret.length);
    return sealed;
  }

  /** The secret, or undefined when anything about the record is not as it was sealed. The caller wipes it. */
  open(sealed: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined {
    const end = sealed.length - TAG_BYTES;
    if (sealed[0] !== VERSION || end < CIPHERTEXT_OFFSET) return undefined;
    const decipher = createDecipheriv(
      "aes-256-gcm",
      this.#keyOf(sealed.subarray(1, NONCE_OFFSET)),
      sealed.subarray(NONCE_OFFSET, CIPHERTEXT_OFFSET),
      { authTagLength: TAG_BYTES },
    );
    decipher.setAAD(associatedData);
    decipher.setAuthTag(sealed.subarray(end));
    const secret = decipher.update(sealed.subarray(CIPHERTEXT_OFFSET, end));
    try {
      decipher.final();
    } catch {
      // The only thing `final` reports for GCM is a tag that does not match.
      wipe(secret);
      return undefined;
    }
    return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
  }

  /** The data key in clear, to be wrapped under another key-encryption key. The caller wipes it. */
  exportDataKey(): Uint8Array {
    return this.#dataKey.export();
  }

  #currentKey(): KeyObject {
    if (this.#sealingKey === undefined || this.#seals === SEALS_PER_SALT) {
      this.#salt = randomBytes(SALT_BYTES);
      this.#sealingKey = this.#keyOf(this.#salt);
      this.#seals = 0;
    }
    this.#seals++;
    return this.#sealingKey;
  }

  #keyOf(salt: Uint8Array): KeyObject {
    const name = Buffer.from(salt.buffer, salt.byteOffset, salt.byteLength).toString("latin1");
    let key = this.#recordKeys.get(name);
    if (key === undefined) {
      const bytes = new Uint8Array(hkdfSync("sha256", this.#dataKey, salt, RECORD_KEY_INFO, 32));
      key = createSecretKey(bytes);
      wipe(bytes);
      if (this.#recordKeys.size >= KEPT_KEYS) this.#recordKeys.clear();
      this.#recordKeys.set(name, key);
    }
    return key;
  }

  #nonce(): Uint8Array {
    if (this.#noncesUsed === NONCE_POOL) {
      randomFillSync(this.#nonces);
      this.#noncesUsed = 0;
    }
    return this.#nonces.subarray(this.#noncesUsed, (this.#noncesUsed += NONCE_BYTES));
  }
}

/** Opened keys: what operations work with. Inspection and JSON show the key type alone. */

import { type AsymmetricKeyType, type PrivateKeyFormat, type SymmetricKeyType, wipe } from "@keyrail/core";
import { keyWiped } from "../errors.ts";
import { publicKeyBytes, type PrivateKeyParts, type PublicKeyParts, type SecretKeyParts } from "./key-parts.ts";
import { privateKeyMemory, publicKeyMemory, SECRET_KEY_MEMORY } from "./key-memory.ts";

/** The parts of a private key; throws `Closed` when it was wiped. For engines and operations only. */
export let privatePartsOf: (key: OpenedPrivateKey) => PrivateKeyParts;
/** The parts of a public or private key; throws `Closed` when it was wiped. For engines and operations only. */
export let publicPartsOf: (key: OpenedPublicKey | OpenedPrivateKey) => PublicKeyParts;
/** The parts of a secret key. For engines and operations only. */
export let secretPartsOf: (key: OpenedSecretKey) => SecretKeyParts;

/** A private key ready for use. */
export class OpenedPrivateKey {
  readonly keyType: AsymmetricKeyType;
  readonly #parts: PrivateKeyParts;

  /** For `openPrivateKey`, `openStored` and `generatePrivateKey`. */
  constructor(parts: PrivateKeyParts) {
    this.keyType = parts.keyType;
    this.#parts = parts;
  }

  static {
    privatePartsOf = (key) => {
      const parts = key.#parts;
      if (parts.wiped) throw keyWiped();
      return parts;
    };
  }

  /** The form the private key is held in: an `expanded` key can't be turned back into a seed. */
  get format(): PrivateKeyFormat {
    return this.#parts.format;
  }

  /** Whether it carries a chain code (an HD master key). */
  get hasChainCode(): boolean {
    return this.#parts.chainCode !== undefined;
  }

  /** The canonical raw public key (core's PUBLIC_KEY_BYTES). Shared, not a copy: do not write to it. */
  get publicKey(): Uint8Array {
    return publicKeyBytes(this.#parts);
  }

  /** About how many bytes of memory the key takes, native handles included: for a cache bounded by bytes. */
  get memoryBytes(): number {
    return privateKeyMemory(this.#parts.keyType);
  }

  /** Overwrites the private bytes and drops the handles. Every later use throws `Closed`. */
  wipe(): void {
    const parts = this.#parts;
    wipe(parts.privateKey, parts.expandedKey, parts.chainCode, parts.pkcs8);
    parts.wiped = true;
    parts.privateKey = undefined;
    parts.expandedKey = undefined;
    parts.pkcs8 = undefined;
    parts.keyObject = undefined;
    parts.publicKeyObject = undefined;
  }

  [Symbol.dispose](): void {
    this.wipe();
  }
}

/** A public key ready for use. */
export class OpenedPublicKey {
  readonly keyType: AsymmetricKeyType;
  readonly #parts: PublicKeyParts;

  /** For `openPublicKey`. */
  constructor(parts: PublicKeyParts) {
    this.keyType = parts.keyType;
    this.#parts = parts;
  }

  static {
    publicPartsOf = (key) => (key instanceof OpenedPublicKey ? key.#parts : privatePartsOf(key));
  }

  /** The canonical raw public key (core's PUBLIC_KEY_BYTES). Shared, not a copy: do not write to it. */
  get publicKey(): Uint8Array {
    return publicKeyBytes(this.#parts);
  }

  /** About how many bytes of memory the key takes, native handles included. */
  get memoryBytes(): number {
    return publicKeyMemory(this.#parts.keyType);
  }
}

/** A secret key (AES, HMAC) ready for use. */
export class OpenedSecretKey {
  readonly keyType: SymmetricKeyType;
  readonly #parts: SecretKeyParts;

  /** For `openSecretKey`, `openStored` and `generateSecretKey`. */
  constructor(parts: SecretKeyParts) {
    this.keyType = parts.keyType;
    this.#parts = parts;
  }

  static {
    secretPartsOf = (key) => key.#parts;
  }

  /** Length of the secret in bytes. */
  get length(): number {
    return this.#parts.bytes;
  }

  /** About how many bytes of memory the key takes, native handles included. */
  get memoryBytes(): number {
    return SECRET_KEY_MEMORY + this.#parts.bytes;
  }

  /** Drops the handle (its memory is cleansed by OpenSSL when it is freed). Every later use throws `Closed`. */
  wipe(): void {
    this.#parts.keyObject = undefined;
  }

  [Symbol.dispose](): void {
    this.wipe();
  }
}

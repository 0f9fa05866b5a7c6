import type { CipherAlgorithm } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";

/** What `encrypt` takes. */
export interface EncryptRequest {
  readonly key: string;
  readonly algorithm: CipherAlgorithm;
  readonly plaintext: Uint8Array;
  /** GCM only: authenticated, not encrypted. */
  readonly additionalData?: Uint8Array;
  /**
   * The initialisation vector, where the provider takes one from the caller. Leave it out: the provider then makes a
   * random one. A GCM vector used twice with one key gives the key's secrets away.
   */
  readonly iv?: Uint8Array;
}

/** The parts of a ciphertext. */
export interface Encrypted {
  /** As long as the plaintext (GCM), or padded to the next 16 bytes (CBC, PKCS#7). */
  readonly ciphertext: Uint8Array;
  readonly iv: Uint8Array;
  /** GCM only: 16 bytes. */
  readonly tag?: Uint8Array;
}

/** What `decrypt` takes. */
export interface DecryptRequest extends Encrypted {
  readonly key: string;
  readonly algorithm: CipherAlgorithm;
  readonly additionalData?: Uint8Array;
}

/** Encrypts and decrypts with a secret key. */
export interface Cipher {
  encrypt(request: EncryptRequest, options?: CallOptions): Promise<Encrypted>;
  /** The plaintext. Rejects with `DecryptionFailed`, with one text whatever was wrong. */
  decrypt(request: DecryptRequest, options?: CallOptions): Promise<Uint8Array>;
}

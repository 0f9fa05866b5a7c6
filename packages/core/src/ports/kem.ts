import type { KemAlgorithm } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";

/** What `encapsulate` takes. */
export interface EncapsulateRequest {
  /** A key whose public half the provider holds. */
  readonly key: string;
  readonly algorithm: KemAlgorithm;
}

/** A fresh shared secret and the ciphertext that carries it (FIPS 203). */
export interface Encapsulated {
  /** 768, 1,088 or 1,568 bytes. */
  readonly ciphertext: Uint8Array;
  /** 32 bytes. */
  readonly sharedSecret: Uint8Array;
}

/** What `decapsulate` takes. */
export interface DecapsulateRequest {
  readonly key: string;
  readonly algorithm: KemAlgorithm;
  readonly ciphertext: Uint8Array;
}

/** Key encapsulation (FIPS 203). */
export interface Kem {
  encapsulate(request: EncapsulateRequest, options?: CallOptions): Promise<Encapsulated>;
  /**
   * The 32-byte shared secret. A wrong ciphertext of the right length gives another secret, not an error (implicit
   * rejection); a wrong length rejects with `InvalidRequest`.
   */
  decapsulate(request: DecapsulateRequest, options?: CallOptions): Promise<Uint8Array>;
}

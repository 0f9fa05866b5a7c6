import type { WrapAlgorithm } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";

/** What `wrap` takes. */
export interface WrapRequest {
  readonly key: string;
  readonly algorithm: WrapAlgorithm;
  /** Key bytes. KW: a multiple of 8, at least 16. KWP: at least 1. */
  readonly plaintext: Uint8Array;
}

/** What `unwrap` takes. */
export interface UnwrapRequest {
  readonly key: string;
  readonly algorithm: WrapAlgorithm;
  readonly wrapped: Uint8Array;
}

/** Wraps key bytes under a key-encryption key (RFC 3394, RFC 5649). */
export interface KeyWrap {
  wrap(request: WrapRequest, options?: CallOptions): Promise<Uint8Array>;
  /** The key bytes; the caller wipes them. Rejects with `DecryptionFailed`. */
  unwrap(request: UnwrapRequest, options?: CallOptions): Promise<Uint8Array>;
}

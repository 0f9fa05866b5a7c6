import type { SignatureAlgorithm } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";

/** Encoding of an ECDSA signature: IEEE P1363 (`r || s`, fixed length) or ASN.1 DER (RFC 3279). */
export type SignatureFormat = "p1363" | "der";

/** What a signature is over: a message, hashed as the algorithm says, or a digest the caller made. */
export type SignatureInput = { readonly message: Uint8Array } | { readonly digest: Uint8Array };

interface SignatureParameters {
  /** Key URI or the provider's id. */
  readonly key: string;
  readonly algorithm: SignatureAlgorithm;
  /** ECDSA only. Default `p1363`. Every other algorithm has one encoding. */
  readonly format?: SignatureFormat;
  /** Context string, 0 to 255 bytes: Ed25519ctx, Ed25519ph, Ed448, Ed448ph (RFC 8032), ML-DSA (FIPS 204). */
  readonly context?: Uint8Array;
  /** BIP341 only: the 32-byte root of the script tree; absent for a key-path-only output. */
  readonly merkleRoot?: Uint8Array;
}

/** What `sign` takes. Exactly one of `message` and `digest`. */
export type SignRequest = SignatureParameters &
  SignatureInput & {
    /** ECDSA only: give the signature with the lower S. Default true for secp256k1, false for other curves. */
    readonly lowS?: boolean;
    /** ECDSA over secp256k1 only: give the recovery id along. */
    readonly recoverable?: boolean;
  };

/** A signature and what is needed to use it. */
export interface Signature {
  /**
   * ECDSA: as `format` asked. BIP340 and BIP341: 64 bytes. EdDSA: RFC 8032 (64 or 114 bytes). ML-DSA: FIPS 204
   * (2,420, 3,309 or 4,627 bytes).
   */
  readonly signature: Uint8Array;
  /** 0 to 3, when `recoverable` was asked (SEC 1, 4.1.6; Ethereum's `v` is 27 more). */
  readonly recoveryId?: number;
  /** BIP341: the 32-byte x-only output key the signature verifies under. */
  readonly outputKey?: Uint8Array;
}

/** Signs with a private key the provider holds. */
export interface Signer {
  /** A signature that verifies under the key's public key (BIP341: under `outputKey`). */
  sign(request: SignRequest, options?: CallOptions): Promise<Signature>;
}

/** What `verify` takes. Exactly one of `message` and `digest`. */
export type VerifyRequest = SignatureParameters &
  SignatureInput & {
    readonly signature: Uint8Array;
    /** ECDSA only: refuse a signature with the higher S. Default false. */
    readonly lowS?: boolean;
  };

/** Checks signatures with a key the provider holds (its public half is enough). */
export interface Verifier {
  /** True when the signature is valid; false for any other bytes. Never rejects because of the signature. */
  verify(request: VerifyRequest, options?: CallOptions): Promise<boolean>;
}

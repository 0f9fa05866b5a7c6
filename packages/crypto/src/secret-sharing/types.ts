/** The words of secret sharing. Types only, and the list of curves; loads nothing. See `secret-sharing.ts`. */

/** Key types whose private scalar can be shared. */
export const SHARING_CURVES = ["secp256k1", "stark", "Ed25519"] as const;

/** A key type whose private scalar can be shared. */
export type SharingCurve = (typeof SHARING_CURVES)[number];

/** The x of a share: 1..order-1. `split` numbers from 1; others may use any integer. */
export type ShareIndex = number | bigint;

/** One share. Secret. */
export interface SecretShare {
  readonly index: ShareIndex;
  /** f(index), 32 bytes, big-endian, never 0. */
  readonly scalar: Uint8Array;
}

/** The public half of a share. */
export interface PublicShare {
  readonly index: ShareIndex;
  /** f(index) * G. */
  readonly point: Uint8Array;
}

/** How to split. */
export interface SplitOptions {
  /** How many shares give the secret back: t, at least 2, at most `shares`. */
  readonly threshold: number;
  /** How many shares to make: n. */
  readonly shares: number;
  /**
   * **For reproducing test vectors only.** The t-1 coefficients a_1.. as 32-byte big-endian scalars, none 0. Without
   * it they are random, which is what keeps the secret.
   */
  readonly coefficients?: readonly Uint8Array[];
}

/** A secret that was split. */
export interface SplitSecret {
  readonly threshold: number;
  /** The n shares, index 1..n in order. Secret. */
  readonly shares: readonly SecretShare[];
  /** The n public shares, in the same order. */
  readonly publicShares: readonly PublicShare[];
  /** Feldman's commitments to f: t points, the first one is the public key. */
  readonly commitments: readonly Uint8Array[];
  /** s * G. */
  readonly publicKey: Uint8Array;
}

/** Secret sharing over one curve. */
export interface SecretSharing {
  readonly curve: SharingCurve;
  /**
   * Splits a private scalar into n shares of which any t give it back.
   *
   * @param secret 32 bytes, big-endian, 1..order-1.
   * @throws KeyrailError `InvalidKeyMaterial` for a bad secret, `InvalidRequest` for bad t, n or coefficients.
   */
  split(secret: Uint8Array, options: SplitOptions): SplitSecret;
  /**
   * The secret: all the shares given, interpolated at 0. Fewer than t shares, or a wrong one, give a wrong secret
   * without a sign: give `publicKey` to have the result checked.
   *
   * @returns 32 bytes, big-endian. The caller wipes it.
   * @throws KeyrailError `InvalidKeyMaterial` for a bad share or a result that is not the private key of `publicKey`,
   *   `InvalidRequest` for no shares or a repeated index.
   */
  combine(shares: readonly SecretShare[], publicKey?: Uint8Array): Uint8Array;
  /** scalar * G. @throws KeyrailError `InvalidKeyMaterial`. */
  publicKeyOf(scalar: Uint8Array): Uint8Array;
  /** Whether a share lies on the committed polynomial. @throws KeyrailError `InvalidKeyMaterial` for bad encodings. */
  verifyShare(share: SecretShare, commitments: readonly Uint8Array[]): boolean;
  /** Whether a share belongs to a public share: same index, y * G = Y. @throws KeyrailError `InvalidKeyMaterial`. */
  verifyPublicShare(share: SecretShare, publicShare: PublicShare): boolean;
  /** The public share that the commitments fix for an index. @throws KeyrailError `InvalidKeyMaterial`. */
  publicShareAt(commitments: readonly Uint8Array[], index: ShareIndex): PublicShare;
  /**
   * Whether all public shares lie on one polynomial of degree t-1 or less.
   *
   * @throws KeyrailError `InvalidKeyMaterial` for a bad point, `InvalidRequest` for fewer than t shares, t below 2, or
   *   a repeated index.
   */
  arePublicSharesConsistent(publicShares: readonly PublicShare[], threshold: number): boolean;
  /**
   * The shared public key: all the public shares given, interpolated at 0 in the exponent.
   *
   * @throws KeyrailError `InvalidKeyMaterial` for a bad point or a result at infinity, `InvalidRequest` for no shares
   *   or a repeated index.
   */
  interpolatePublicKey(publicShares: readonly PublicShare[]): Uint8Array;
}

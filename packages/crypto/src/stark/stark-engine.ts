/**
 * ECDSA and ECDH on the STARK curve, over noble: no other engine has this curve.
 *
 * Private keys are 32-byte big-endian integers in 1..n-1. Public keys are SEC 1 points, 65 bytes uncompressed or 33
 * compressed; both are accepted everywhere. Signatures are `r || s`, 64 bytes.
 *
 * **Digest.** 32 bytes, read as one big-endian integer and reduced modulo n: no hashing, and no cutting to the leftmost
 * 252 bits as SEC 1 4.1.3 does for longer digests. Starknet's own hashes are below 2^251, where reduction changes
 * nothing; a 256-bit digest (SHA-256, Keccak-256) is reduced, which is how the Dfns signers read it (dfns.md,
 * section 5). A caller that wants Starknet's rule checks for 2^251 itself.
 *
 * Big-integer arithmetic in JavaScript is not constant-time in the strict sense; noble blinds what it can.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { ecdsa, type ECDSA, type ECDSASignOpts, type ECDSAVerifyOpts } from "@noble/curves/abstract/weierstrass.js";
import { bytesToNumberBE } from "@noble/curves/utils.js";

import { invalidKeyMaterial, invalidRequest } from "../errors.ts";
import { StarkPoint } from "./curve.ts";

/** A key pair of the STARK curve. The caller wipes `privateKey`. */
export interface StarkKeyPair {
  /** 32 bytes, big-endian, 1..n-1. */
  readonly privateKey: Uint8Array;
  /** 65 bytes, `04 || x || y`. */
  readonly publicKey: Uint8Array;
}

/** An ECDSA signature with what is needed to recover the public key from it. */
export interface StarkSignature {
  /** `r || s`, 32 bytes each, big-endian. */
  readonly signature: Uint8Array;
  /** Bit 0: y of R is odd. Bit 1: x of R is n or more (chance about 2^-59). */
  readonly recovery: number;
}

/** Choices of `sign` and `verify`. */
export interface StarkSignatureOptions {
  /** Make only, or accept only, s <= n/2. Default false: Starknet does not normalise s. */
  readonly lowS?: boolean;
}

const RAW_SIGNATURE_BYTES = 64;
const DIGEST_BYTES = 32;
const SIGN_OPTIONS = { prehash: false, format: "recovered" } as const satisfies ECDSASignOpts;
const VERIFY_OPTIONS = { prehash: false, format: "compact" } as const satisfies ECDSAVerifyOpts;

// SHA-256 is the hash of the RFC 6979 generator only: every digest comes from the caller.
const curve: ECDSA = ecdsa(StarkPoint, sha256, {
  lowS: false,
  bits2int_modN: (digest: Uint8Array) => StarkPoint.Fn.create(bytesToNumberBE(digest)),
});

/** Makes a key pair from the operating system's random source. */
export function generate(): StarkKeyPair {
  const { secretKey, publicKey } = curve.keygen();
  return { privateKey: secretKey, publicKey: compressedOr65(publicKey, false) };
}

/** Whether these are 32 bytes of an integer in 1..n-1. */
export function isValidPrivateKey(privateKey: Uint8Array): boolean {
  return curve.utils.isValidSecretKey(privateKey);
}

/** Whether these are a SEC 1 encoding (33 or 65 bytes) of a point of the curve, not infinity. */
export function isValidPublicKey(publicKey: Uint8Array): boolean {
  return curve.utils.isValidPublicKey(publicKey);
}

/**
 * The public key of a private key: 65 bytes, or 33 when `compressed`.
 *
 * @throws KeyrailError `InvalidKeyMaterial` when the private key is not in range.
 */
export function getPublic(privateKey: Uint8Array, compressed = false): Uint8Array {
  requirePrivateKey(privateKey);
  return curve.getPublicKey(privateKey, compressed);
}

/**
 * The same public key in the other form: 65 bytes, or 33 when `compressed`.
 *
 * @throws KeyrailError `InvalidKeyMaterial` when it is not a point of the curve.
 */
export function convertPublic(publicKey: Uint8Array, compressed: boolean): Uint8Array {
  requirePublicKey(publicKey);
  return compressedOr65(publicKey, compressed);
}

/**
 * Signs 32 bytes as they are. Deterministic: RFC 6979 with SHA-256.
 *
 * @param digest 32 bytes, see the head of this file for how they become an integer.
 * @throws KeyrailError `InvalidKeyMaterial`, `InvalidRequest` when the digest is not 32 bytes.
 */
export function sign(digest: Uint8Array, privateKey: Uint8Array, options: StarkSignatureOptions = {}): StarkSignature {
  requireDigest(digest);
  requirePrivateKey(privateKey);
  const recovered = curve.sign(digest, privateKey, { ...SIGN_OPTIONS, lowS: options.lowS ?? false });
  return { signature: recovered.slice(1), recovery: recovered[0] ?? 0 };
}

/**
 * Whether the signature is the key's over these 32 bytes. A malformed signature is false, not an error.
 *
 * @throws KeyrailError `InvalidKeyMaterial` when the public key is not a point of the curve, `InvalidRequest` when the
 *   digest is not 32 bytes.
 */
export function verify(
  signature: Uint8Array,
  digest: Uint8Array,
  publicKey: Uint8Array,
  options: StarkSignatureOptions = {},
): boolean {
  requireDigest(digest);
  requirePublicKey(publicKey);
  if (signature.length !== RAW_SIGNATURE_BYTES) return false;
  return curve.verify(signature, digest, publicKey, { ...VERIFY_OPTIONS, lowS: options.lowS ?? false });
}

/**
 * The public key (65 bytes) under which a signature verifies.
 *
 * @throws KeyrailError `InvalidRequest` when no key can have made this signature with this recovery id.
 */
export function recover(signature: StarkSignature, digest: Uint8Array): Uint8Array {
  requireDigest(digest);
  if (signature.signature.length !== RAW_SIGNATURE_BYTES) {
    throw invalidRequest("A signature to recover from is r || s, 64 bytes.", "signature");
  }
  try {
    return curve.Signature.fromBytes(signature.signature, "compact")
      .addRecoveryBit(signature.recovery)
      .recoverPublicKey(digest)
      .toBytes(false);
  } catch {
    // noble's reason is one of range, point or identity: to the caller they are the same answer.
    throw invalidRequest("No public key can have made this signature with this recovery id.", "signature");
  }
}

/**
 * ECDH: the x coordinate of the shared point, 32 bytes (SEC 1, 3.3.1). The caller wipes it.
 *
 * @throws KeyrailError `InvalidKeyMaterial` when either key is not valid.
 */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  requirePrivateKey(privateKey);
  requirePublicKey(publicKey);
  const point = curve.getSharedSecret(privateKey, publicKey, true);
  const x = point.slice(1);
  point.fill(0);
  return x;
}

function compressedOr65(publicKey: Uint8Array, compressed: boolean): Uint8Array {
  return StarkPoint.fromBytes(publicKey).toBytes(compressed);
}

function requireDigest(digest: Uint8Array): void {
  if (digest.length !== DIGEST_BYTES)
    throw invalidRequest("A digest to be signed on the STARK curve is 32 bytes.", "digest");
}

function requirePrivateKey(privateKey: Uint8Array): void {
  if (!isValidPrivateKey(privateKey))
    throw invalidKeyMaterial("a stark private key is 32 bytes of an integer in 1..n-1");
}

function requirePublicKey(publicKey: Uint8Array): void {
  if (!isValidPublicKey(publicKey)) throw invalidKeyMaterial("not a SEC 1 point of the STARK curve");
}

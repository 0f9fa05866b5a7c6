/**
 * Deterministic derivation: a pseudo-random output for each (domain, seed), fixed by a secp256k1 key.
 *
 * The function of GLOW20 (eprint 2020/096) as Dfns offers it (dfns.md, section 7): the seed is hashed to the curve with
 * `secp256k1_XMD:SHA-256_SSWU_RO_` of RFC 9380, the domain being the domain separation tag, and the point is multiplied
 * by the private key. It is not ECDH: nobody can choose the point. The service does it in several parties; with the
 * whole key in one place the result is the same point.
 *
 * How Dfns turns that point into its 32 bytes is not published; only that they are not its x coordinate. `output` here
 * is SHA-256 of the compressed point: **assumed** (dfns.md, section 12), so equality with the live service's output is
 * not promised, while the point is what the published algorithm says.
 */

import { createHash } from "node:crypto";

import { secp256k1, secp256k1_hasher } from "@noble/curves/secp256k1.js";
import { bytesToNumberBE } from "@noble/curves/utils.js";

import { invalidKeyMaterial, invalidRequest } from "../errors.ts";

/** What the output is derived from. Neither is secret. */
export interface DerivationInput {
  /** The domain separation tag: 1 byte or more (over 255 bytes it is hashed first, RFC 9380, 5.3.3). */
  readonly domain: Uint8Array;
  /** The message that is hashed to the curve, any length. */
  readonly seed: Uint8Array;
}

type Point = typeof secp256k1.Point.BASE;

/**
 * The point of the seed before the key comes in: 33 bytes, compressed.
 *
 * @throws KeyrailError `InvalidRequest` when the domain is empty (RFC 9380, 3.1: a tag must not be).
 */
export function hashToPoint(input: DerivationInput): Uint8Array {
  return toPoint(input).toBytes(true);
}

/**
 * The point of the seed times the private key: 33 bytes, compressed. As secret as the output.
 *
 * @param privateKey 32 bytes, big-endian, 1..n-1.
 * @throws KeyrailError `InvalidKeyMaterial`, `InvalidRequest` when the domain is empty.
 */
export function evaluate(privateKey: Uint8Array, input: DerivationInput): Uint8Array {
  if (!secp256k1.utils.isValidSecretKey(privateKey)) {
    throw invalidKeyMaterial("a secp256k1 private key is 32 bytes of an integer in 1..n-1");
  }
  return toPoint(input).multiply(bytesToNumberBE(privateKey)).toBytes(true);
}

/** The output of an evaluated point: SHA-256 of its 33 bytes. 32 bytes. */
export function output(point: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(point).digest());
}

/**
 * The output for a domain and a seed: `output(evaluate(privateKey, input))`. 32 bytes.
 *
 * @throws KeyrailError as {@link evaluate}.
 */
export function deriveOutput(privateKey: Uint8Array, input: DerivationInput): Uint8Array {
  const point = evaluate(privateKey, input);
  const derived = output(point);
  point.fill(0);
  return derived;
}

function toPoint({ domain, seed }: DerivationInput): Point {
  if (domain.length === 0)
    throw invalidRequest("The domain must not be empty: it separates uses from each other.", "domain");
  const point = secp256k1_hasher.hashToCurve(seed, { DST: domain });
  // Chance 2^-256; multiplied by any key it would give the same output for everybody.
  if (point.is0()) throw invalidRequest("This seed hashes to the point at infinity.", "seed");
  return point;
}

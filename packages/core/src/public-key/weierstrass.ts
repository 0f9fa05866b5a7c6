/**
 * Domain parameters of the short Weierstrass curves (SEC 2, FIPS 186-5, the Starknet specification) and the checks of
 * public points in affine coordinates. Public data only: nothing here runs in constant time.
 */

import { modSqrt } from "./field.ts";

/** Key types whose public key is a point on a short Weierstrass curve. */
export const WEIERSTRASS_KEY_TYPES = ["P-256", "P-384", "P-521", "secp256k1", "stark"] as const;

/** A key type whose public key is a point on a short Weierstrass curve. */
export type WeierstrassKeyType = (typeof WEIERSTRASS_KEY_TYPES)[number];

/** `y^2 = x^3 + ax + b` over the integers modulo `p`, with a base point of prime order `n` and cofactor 1. */
export interface WeierstrassCurve {
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly n: bigint;
  /** Bytes of one coordinate; for these curves also the bytes of a scalar. */
  readonly coordinateBytes: number;
}

/** Domain parameters per key type. */
export const WEIERSTRASS_CURVES: Readonly<Record<WeierstrassKeyType, WeierstrassCurve>> = {
  "P-256": {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    coordinateBytes: 32,
  },
  "P-384": {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    a: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffcn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    coordinateBytes: 48,
  },
  "P-521": {
    p: (1n << 521n) - 1n,
    a: (1n << 521n) - 4n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    coordinateBytes: 66,
  },
  secp256k1: {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
    a: 0n,
    b: 7n,
    n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    coordinateBytes: 32,
  },
  stark: {
    p: (1n << 251n) + 17n * (1n << 192n) + 1n,
    a: 1n,
    b: 0x06f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89n,
    n: 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
    coordinateBytes: 32,
  },
};

/** True for a key type whose public key is a point on a short Weierstrass curve. */
export function isWeierstrassKeyType(keyType: string): keyType is WeierstrassKeyType {
  return Object.hasOwn(WEIERSTRASS_CURVES, keyType);
}

/** Whether the coordinates are in range (`0 <= x, y < p`) and satisfy the curve equation. */
export function isOnCurve(curve: WeierstrassCurve, x: bigint, y: bigint): boolean {
  return x < curve.p && y < curve.p && (y * y - rightSide(curve, x)) % curve.p === 0n;
}

/** The y coordinate of the given parity over `x`, or `undefined` when `x` is out of range or not on the curve. */
export function liftX(curve: WeierstrassCurve, x: bigint, odd: boolean): bigint | undefined {
  if (x >= curve.p) return undefined;
  const root = modSqrt(rightSide(curve, x), curve.p);
  // A root of zero would be a point of order two; curves of odd prime order have none.
  if (root === undefined || root === 0n) return undefined;
  return (root & 1n) === (odd ? 1n : 0n) ? root : curve.p - root;
}

function rightSide({ p, a, b }: WeierstrassCurve, x: bigint): bigint {
  return (((x * x + a) % p) * x + b) % p;
}

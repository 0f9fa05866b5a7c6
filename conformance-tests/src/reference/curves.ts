/** The curves as @noble/curves implements them, and stark built from its published parameters. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { weierstrass, type WeierstrassPointCons } from "@noble/curves/abstract/weierstrass.js";
import type { WeierstrassKeyType } from "@keyrail/core";

// https://docs.starkware.co/starkex/crypto/stark-curve.html
const starkPoint: WeierstrassPointCons<bigint> = weierstrass({
  p: (1n << 251n) + 17n * (1n << 192n) + 1n,
  n: 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
  h: 1n,
  a: 1n,
  b: 0x06f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89n,
  Gx: 0x01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfcan,
  Gy: 0x005668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1fn,
});

const POINTS: Readonly<Record<WeierstrassKeyType, WeierstrassPointCons<bigint>>> = {
  "P-256": p256.Point,
  "P-384": p384.Point,
  "P-521": p521.Point,
  secp256k1: secp256k1.Point,
  stark: starkPoint,
};

/** A short Weierstrass curve: point constructor, order and bytes of a coordinate or scalar. */
export interface Curve {
  readonly Point: WeierstrassPointCons<bigint>;
  readonly order: bigint;
  readonly bytes: number;
}

/** The curve of a key type. */
export function curveOf(keyType: WeierstrassKeyType): Curve {
  const Point = POINTS[keyType];
  return {
    Point,
    order: Point.Fn.ORDER,
    bytes: { "P-256": 32, "P-384": 48, "P-521": 66, secp256k1: 32, stark: 32 }[keyType],
  };
}

/** The order of the prime-order subgroup of edwards25519. */
export const ED25519_ORDER: bigint = ed25519.Point.Fn.ORDER;

/** Whether a public key is the encoding of a point (RFC 8032, 5.1.3 and 5.2.3). Public data only, not in constant time. */

import { integerFromBytes } from "./integer.ts";
import { jacobi, mod } from "./field.ts";

interface EdwardsCurve {
  readonly p: bigint;
  /** `a` and `d` of `ax^2 + y^2 = 1 + dx^2y^2`. */
  readonly a: bigint;
  readonly d: bigint;
}

const ED25519_P = (1n << 255n) - 19n;

const EDWARDS_CURVES: Readonly<Record<"Ed25519" | "Ed448", EdwardsCurve>> = {
  Ed25519: {
    p: ED25519_P,
    a: -1n,
    d: 37095705934669439343138083508754565189542113879843219016388785533085940283555n,
  },
  Ed448: { p: (1n << 448n) - (1n << 224n) - 1n, a: 1n, d: -39081n },
};

/**
 * True when the bytes decode to a point by RFC 8032: `y < p`, and an `x` exists that is not zero with the sign bit
 * set. Points of small order pass: they are points.
 */
export function isEdwardsPoint(keyType: "Ed25519" | "Ed448", raw: Uint8Array): boolean {
  const { p, a, d } = EDWARDS_CURVES[keyType];
  const bytes = raw.toReversed();
  const sign = (bytes[0] ?? 0) >> 7;
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  const y = integerFromBytes(bytes);
  if (y >= p) return false;
  // x^2 = (y^2 - 1) / (dy^2 - a); the quotient is a square exactly when the product is.
  const ySquared = (y * y) % p;
  const numerator = mod(ySquared - 1n, p);
  if (numerator === 0n) return sign === 0;
  return jacobi(numerator * mod(d * ySquared - a, p), p) === 1;
}

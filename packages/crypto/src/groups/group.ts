/** The groups that scalars are shared and derived over: one shape for curves that encode differently. Internal; loads noble. */

import type { IField } from "@noble/curves/abstract/modular.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

import { StarkPoint } from "../stark/curve.ts";

/** What is needed of a point. */
export interface GroupPoint<P> {
  add(other: P): P;
  equals(other: P): boolean;
  is0(): boolean;
  /** For secret scalars in 1..order-1. */
  multiply(scalar: bigint): P;
  /** For public scalars in 0..order-1: faster, and its duration depends on the scalar. */
  multiplyUnsafe(scalar: bigint): P;
}

/** A group of prime order. */
export interface Group<P extends GroupPoint<P>> {
  readonly scalars: IField<bigint>;
  readonly base: P;
  readonly zero: P;
  /** The canonical raw form of `PUBLIC_KEY_BYTES`: 65 bytes uncompressed SEC 1, or 32 bytes RFC 8032. */
  encode(point: P): Uint8Array;
  /** 33 bytes compressed SEC 1, or 32 bytes RFC 8032. */
  compress(point: P): Uint8Array;
  /** Reads either SEC 1 form, or RFC 8032. Throws when it is no point of the group, or the identity. */
  decode(bytes: Uint8Array): P;
}

interface WeierstrassLike<P> {
  readonly Fn: IField<bigint>;
  readonly BASE: P;
  readonly ZERO: P;
  fromBytes(bytes: Uint8Array): P;
}

function weierstrassGroup<P extends GroupPoint<P> & { toBytes(compressed: boolean): Uint8Array }>(
  Point: WeierstrassLike<P>,
): Group<P> {
  return {
    scalars: Point.Fn,
    base: Point.BASE,
    zero: Point.ZERO,
    encode: (point) => point.toBytes(false),
    compress: (point) => point.toBytes(true),
    // All have cofactor 1, and infinity has no SEC 1 form of 33 or 65 bytes.
    decode: (bytes) => Point.fromBytes(bytes),
  };
}

type NistPoint = typeof p256.Point.BASE;
type SecpPoint = typeof secp256k1.Point.BASE;
type StarkCurvePoint = typeof StarkPoint.BASE;
type EdwardsPoint = typeof ed25519.Point.BASE;

/** P-256 (FIPS 186-5). */
export const P256_GROUP: Group<NistPoint> = weierstrassGroup(p256.Point);

/** secp256k1 (SEC 2). */
export const SECP256K1_GROUP: Group<SecpPoint> = weierstrassGroup(secp256k1.Point);

/** The STARK curve. */
export const STARK_GROUP: Group<StarkCurvePoint> = weierstrassGroup(StarkPoint);

/** The prime-order subgroup of edwards25519. */
export const ED25519_GROUP: Group<EdwardsPoint> = {
  scalars: ed25519.Point.Fn,
  base: ed25519.Point.BASE,
  zero: ed25519.Point.ZERO,
  encode: (point) => point.toBytes(),
  compress: (point) => point.toBytes(),
  decode: (bytes) => {
    const point = ed25519.Point.fromBytes(bytes);
    if (point.is0() || !point.isTorsionFree()) throw new RangeError("not in the prime-order subgroup");
    return point;
  },
};

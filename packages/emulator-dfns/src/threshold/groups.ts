/**
 * The three groups keys live in, behind one small interface: points cross it as bytes.
 *
 * The emulator uses the noble curves directly and does its own sharing on top: it is a second, independent reading of the
 * fact sheet and must not share code with what the adapter is built from.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { type WeierstrassPointCons, weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { scalarToBytes } from "./scalar-bytes.ts";

export const curveNames = ["secp256k1", "stark", "ed25519"] as const;
export type CurveName = (typeof curveNames)[number];

export interface Group {
  readonly curve: CurveName;
  readonly order: bigint;
  /** scalar x G for a scalar in 1..order-1: 33-byte compressed SEC 1, or the 32 bytes of RFC 8032. */
  readonly publicKey: (scalar: bigint) => Uint8Array;
  /** scalar x G as share documents write points: 65-byte uncompressed SEC 1, or the 32 bytes of RFC 8032. */
  readonly sharePoint: (scalar: bigint) => Uint8Array;
}

/** The STARK-friendly curve (Starknet's parameters; order as in fact sheet section 8). */
export const StarkPoint: WeierstrassPointCons<bigint> = weierstrass({
  p: 0x0800000000000011000000000000000000000000000000000000000000000001n,
  n: 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
  h: 1n,
  a: 1n,
  b: 0x06f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89n,
  Gx: 0x01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfcan,
  Gy: 0x005668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1fn,
});

const ed25519Key = (scalar: bigint): Uint8Array => ed25519.Point.BASE.multiply(scalar).toBytes();

const weierstrassGroup = (curve: CurveName, Point: WeierstrassPointCons<bigint>): Group => ({
  curve,
  order: Point.Fn.ORDER,
  publicKey: (scalar) => Point.BASE.multiply(scalar).toBytes(true),
  sharePoint: (scalar) => Point.BASE.multiply(scalar).toBytes(false),
});

/** Every group by the name share documents and the API use. */
export const groups: Readonly<Record<CurveName, Group>> = {
  secp256k1: weierstrassGroup("secp256k1", secp256k1.Point),
  stark: weierstrassGroup("stark", StarkPoint),
  ed25519: { curve: "ed25519", order: ed25519.Point.Fn.ORDER, publicKey: ed25519Key, sharePoint: ed25519Key },
};

/** scalar x G and the parity and affine x that ECDSA needs. */
export function weierstrassNonce(
  curve: "secp256k1" | "stark",
  scalar: bigint,
): { readonly x: bigint; readonly odd: boolean } {
  const Point = curve === "stark" ? StarkPoint : secp256k1.Point;
  const { x, y } = Point.BASE.multiply(scalar).toAffine();
  return { x, odd: (y & 1n) === 1n };
}

/** scalar x P on secp256k1, 33-byte compressed; `undefined` when `point` is no such encoding. */
export function multiplySecp256k1(point: Uint8Array, scalar: bigint): Uint8Array | undefined {
  if (point.length !== 33) return undefined;
  try {
    return secp256k1.Point.fromBytes(point).multiply(scalar).toBytes(true);
  } catch {
    return undefined;
  }
}

/** scalar x G on secp256k1, 33-byte compressed. */
export function secp256k1PublicKey(scalar: bigint): Uint8Array {
  return secp256k1.getPublicKey(scalarToBytes(scalar), true);
}

/**
 * The three groups keys live in, behind one small interface: points cross it as bytes.
 *
 * The emulator uses curve libraries directly and does its own sharing on top: it is a second, independent reading of the
 * fact sheet and must not share code with what the adapter is built from.
 */

import { createHash, createPrivateKey } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { type WeierstrassPointCons, weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { decodeBase64Url } from "@keyrail/core";
import { pointFromScalar, pointMultiply } from "tiny-secp256k1";
import { takeRandomBytes } from "../random.ts";
import { nativeEd25519 } from "./native-ed25519.ts";
import { bytesToScalar, modulo, scalarToBytes } from "./scalar-bytes.ts";

export const curveNames = ["secp256k1", "stark", "ed25519"] as const;
export type CurveName = (typeof curveNames)[number];

/** A scalar in 1..order-1 and the encoding of its point as {@link Group.publicKey} gives it. */
export interface ScalarAndPoint {
  readonly scalar: bigint;
  readonly point: Uint8Array;
}

export interface Group {
  readonly curve: CurveName;
  readonly order: bigint;
  /** scalar x G for a scalar in 1..order-1: 33-byte compressed SEC 1, or the 32 bytes of RFC 8032. */
  readonly publicKey: (scalar: bigint) => Uint8Array;
  /** scalar x G as share documents write points: 65-byte uncompressed SEC 1, or the 32 bytes of RFC 8032. */
  readonly sharePoint: (scalar: bigint) => Uint8Array;
  /** A random scalar with its point: for new keys and for nonces. */
  readonly random: () => ScalarAndPoint;
}

/** The STARK-friendly curve (Starknet's parameters; order as in fact sheet section 8). */
const StarkPoint: WeierstrassPointCons<bigint> = weierstrass({
  p: 0x0800000000000011000000000000000000000000000000000000000000000001n,
  n: 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
  h: 1n,
  a: 1n,
  b: 0x06f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89n,
  Gx: 0x01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfcan,
  Gy: 0x005668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1fn,
});

const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Every group by the name share documents and the API use. */
export const groups: Readonly<Record<CurveName, Group>> = {
  secp256k1: group(
    "secp256k1",
    SECP256K1_ORDER,
    (scalar) => secp256k1Point(scalar, true),
    (scalar) => secp256k1Point(scalar, false),
  ),
  stark: group(
    "stark",
    StarkPoint.Fn.ORDER,
    (scalar) => StarkPoint.BASE.multiply(scalar).toBytes(true),
    (scalar) => StarkPoint.BASE.multiply(scalar).toBytes(false),
  ),
  ed25519: {
    ...group("ed25519", ed25519.Point.Fn.ORDER, ed25519Point, ed25519Point),
    ...(nativeEd25519 === undefined ? { random: randomEd25519 } : {}),
  },
};

/** Uniform in 1..order-1: 64 random bytes reduced, so that the bias is below 2^-250. */
export function randomScalar(order: bigint): bigint {
  return modulo(bytesToScalar(takeRandomBytes(64)), order - 1n) + 1n;
}

/** scalar x P on secp256k1, 33-byte compressed; `undefined` when `point` is no such encoding. */
export function multiplySecp256k1(point: Uint8Array, scalar: bigint): Uint8Array | undefined {
  if (point.length !== 33) return undefined;
  try {
    return pointMultiply(point, scalarToBytes(scalar), true) ?? undefined;
  } catch {
    return undefined;
  }
}

function group(
  curve: CurveName,
  order: bigint,
  publicKey: (scalar: bigint) => Uint8Array,
  sharePoint: (scalar: bigint) => Uint8Array,
): Group {
  const random = (): ScalarAndPoint => {
    const scalar = randomScalar(order);
    return { scalar, point: publicKey(scalar) };
  };
  return { curve, order, publicKey, sharePoint, random };
}

function secp256k1Point(scalar: bigint, compressed: boolean): Uint8Array {
  const point = pointFromScalar(scalarToBytes(scalar), compressed);
  if (point === null) throw new RangeError("a scalar of zero has no public key");
  return point;
}

function ed25519Point(scalar: bigint): Uint8Array {
  if (nativeEd25519 === undefined) return ed25519.Point.BASE.multiply(scalar).toBytes();
  const point = new Uint8Array(32);
  nativeEd25519.crypto_scalarmult_ed25519_base_noclamp(point, scalarToBytes(scalar).reverse());
  return point;
}

const ED25519_PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The scalar of a random seed (RFC 8032, 5.1.5) with the public key that OpenSSL makes of it: four times faster than
 * multiplying here, and as random.
 */
function randomEd25519(): ScalarAndPoint {
  const seed = takeRandomBytes(32);
  const clamped = createHash("sha512").update(seed).digest().subarray(0, 32);
  clamped[0] = (clamped[0] ?? 0) & 0xf8;
  clamped[31] = ((clamped[31] ?? 0) & 0x7f) | 0x40;
  const scalar = modulo(bytesToScalar(clamped.reverse()), ed25519.Point.Fn.ORDER);
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const { x = "" } = key.export({ format: "jwk" });
  return { scalar, point: decodeBase64Url(x) };
}

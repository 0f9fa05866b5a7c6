/** The two encodings of an ECDSA signature, read strictly: IEEE P1363 and DER (RFC 3279, X.690 section 10). */

import type { SignatureFormat, WeierstrassKeyType } from "@keyrail/core";
import { curveOf } from "./curves.ts";
import { fromBigEndian, toBigEndian } from "./integers.ts";

/** The two integers of an ECDSA signature. */
export interface EcdsaSignature {
  readonly r: bigint;
  readonly s: bigint;
}

/** Reads one encoding; `undefined` for any other bytes, the other encoding included. */
export function parseEcdsa(
  keyType: WeierstrassKeyType,
  format: SignatureFormat,
  bytes: Uint8Array,
): EcdsaSignature | undefined {
  const { bytes: size } = curveOf(keyType);
  if (format === "p1363") {
    if (bytes.length !== 2 * size) return undefined;
    return { r: fromBigEndian(bytes.subarray(0, size)), s: fromBigEndian(bytes.subarray(size)) };
  }
  return parseDer(bytes);
}

/** Writes one encoding. */
export function encodeEcdsa(
  keyType: WeierstrassKeyType,
  format: SignatureFormat,
  { r, s }: EcdsaSignature,
): Uint8Array {
  const { bytes: size } = curveOf(keyType);
  if (format === "p1363") return new Uint8Array([...toBigEndian(r, size), ...toBigEndian(s, size)]);
  const content = [...derInteger(r), ...derInteger(s)];
  return new Uint8Array([0x30, ...derLength(content.length), ...content]);
}

/** Reads `SEQUENCE { INTEGER r, INTEGER s }` loosely and takes it only when writing it again gives the same bytes. */
function parseDer(bytes: Uint8Array): EcdsaSignature | undefined {
  if (bytes[0] !== 0x30) return undefined;
  const header = bytes[1] === 0x81 ? 3 : 2;
  const rLength = bytes[header + 1] ?? 0;
  const rStart = header + 2;
  const sLength = bytes[rStart + rLength + 1] ?? 0;
  const sStart = rStart + rLength + 2;
  if (rLength === 0 || sLength === 0 || sStart + sLength !== bytes.length) return undefined;
  const r = fromBigEndian(bytes.subarray(rStart, rStart + rLength));
  const s = fromBigEndian(bytes.subarray(sStart, sStart + sLength));
  const content = [...derInteger(r), ...derInteger(s)];
  const again = [0x30, ...derLength(content.length), ...content];
  return again.length === bytes.length && again.every((byte, index) => byte === bytes[index]) ? { r, s } : undefined;
}

function derInteger(value: bigint): number[] {
  const hex = value.toString(16);
  const bytes = [...Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex")];
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0);
  return [0x02, bytes.length, ...bytes];
}

function derLength(length: number): number[] {
  return length < 0x80 ? [length] : [0x81, length];
}

/** Whether `s` is in the lower half of the scalars. */
export function isLowS(keyType: WeierstrassKeyType, { s }: EcdsaSignature): boolean {
  return s <= curveOf(keyType).order >> 1n;
}

/** The other signature with the same meaning: `n - s`. */
export function twin(keyType: WeierstrassKeyType, { r, s }: EcdsaSignature): EcdsaSignature {
  return { r, s: curveOf(keyType).order - s };
}

/** The digest as an integer: the leftmost bits (SEC 1, 4.1.3); for stark the whole, as Starknet does. */
export function digestToInteger(keyType: WeierstrassKeyType, digest: Uint8Array): bigint {
  const { order } = curveOf(keyType);
  const value = fromBigEndian(digest);
  if (keyType === "stark") return value % order;
  const excess = digest.length * 8 - order.toString(2).length;
  return (excess > 0 ? value >> BigInt(excess) : value) % order;
}

/** ECDSA verification (SEC 1, 4.1.4) on the points of @noble/curves. */
export function verifyEcdsa(
  keyType: WeierstrassKeyType,
  publicKey: Uint8Array,
  digest: Uint8Array,
  { r, s }: EcdsaSignature,
): boolean {
  const { Point, order } = curveOf(keyType);
  if (r < 1n || r >= order || s < 1n || s >= order) return false;
  const z = digestToInteger(keyType, digest);
  const inverse = Point.Fn.inv(s);
  const point = Point.BASE.mulAddUnsafe((z * inverse) % order, Point.fromBytes(publicKey), (r * inverse) % order);
  return !point.is0() && point.x % order === r;
}

/** ECDSA signing with a random nonce (SEC 1, 4.1.3), for keys the suite made itself. */
export function signEcdsa(
  keyType: WeierstrassKeyType,
  scalar: Uint8Array,
  digest: Uint8Array,
  nonce: Uint8Array,
): EcdsaSignature {
  const { Point, order } = curveOf(keyType);
  const k = (fromBigEndian(nonce) % (order - 1n)) + 1n;
  const r = Point.BASE.multiply(k).x % order;
  const s = (Point.Fn.inv(k) * ((digestToInteger(keyType, digest) + r * fromBigEndian(scalar)) % order)) % order;
  return { r, s };
}

/** The public key a recoverable signature stands for (SEC 1, 4.1.6), uncompressed; `undefined` when there is none. */
export function recoverEcdsa(
  keyType: WeierstrassKeyType,
  digest: Uint8Array,
  { r, s }: EcdsaSignature,
  recoveryId: number,
): Uint8Array | undefined {
  const { Point, order, bytes } = curveOf(keyType);
  const x = r + (recoveryId >= 2 ? order : 0n);
  if (x >= Point.Fp.ORDER || recoveryId < 0 || recoveryId > 3) return undefined;
  const R = Point.fromBytes(new Uint8Array([2 + (recoveryId & 1), ...toBigEndian(x, bytes)]));
  const inverse = Point.Fn.inv(r);
  const z = digestToInteger(keyType, digest);
  const minusZ = (order - z) % order;
  return R.mulAddUnsafe((s * inverse) % order, Point.BASE, (minusZ * inverse) % order).toBytes(false);
}

/** ECDSA signatures in their two encodings, P1363 (`r || s`) and DER, and low-S. */

import { compareBytes, copyOf, isScalarInRange, subtractBytes } from "./byte-strings.ts";
import { CURVES, type Curve } from "./curves.ts";

/**
 * `r || s` of a DER signature (SEQUENCE of two INTEGER), strictly: minimal lengths, minimal non-negative integers, no
 * trailing bytes.
 *
 * @returns undefined when it is anything else, or when a number does not fit the curve.
 */
export function p1363FromDer(curve: Curve, der: Uint8Array): Uint8Array | undefined {
  const half = CURVES[curve].bytes;
  let offset = 2;
  if (der[0] !== 0x30) return undefined;
  const first = der[1] ?? 0;
  if (first === 0x81) {
    offset = 3;
    if ((der[2] ?? 0) < 0x80 || der.length !== 3 + (der[2] ?? 0)) return undefined;
  } else if (first >= 0x80 || der.length !== 2 + first) return undefined;
  const result = new Uint8Array(2 * half);
  for (let number = 1; number <= 2; number++) {
    const length = der[offset + 1] ?? 0;
    if (der[offset] !== 0x02 || length === 0 || length >= 0x80) return undefined;
    let start = offset + 2;
    const end = start + length;
    if (end > der.length) return undefined;
    const lead = der[start] ?? 0;
    if (lead >= 0x80) return undefined;
    if (lead === 0 && length > 1) {
      if ((der[start + 1] ?? 0) < 0x80) return undefined;
      start++;
    }
    if (end - start > half) return undefined;
    result.set(der.subarray(start, end), number * half - (end - start));
    offset = end;
  }
  return offset === der.length ? result : undefined;
}

/** The DER encoding of `r || s`. */
export function derFromP1363(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const r = integerRange(signature, 0, half);
  const s = integerRange(signature, half, 2 * half);
  const body = 4 + r.length + s.length;
  const long = body >= 0x80 ? 1 : 0;
  const der = new Uint8Array(2 + long + body);
  der[0] = 0x30;
  if (long === 1) der[1] = 0x81;
  der[1 + long] = body;
  let offset = 2 + long;
  for (const { start, end, length } of [r, s]) {
    der[offset] = 0x02;
    der[offset + 1] = length;
    der.set(signature.subarray(start, end), offset + 2 + length - (end - start));
    offset += 2 + length;
  }
  return der;
}

/** Where the significant bytes of a number lie, and how long its INTEGER is. */
function integerRange(bytes: Uint8Array, from: number, end: number): { start: number; end: number; length: number } {
  let start = from;
  while (start < end - 1 && bytes[start] === 0) start++;
  return { start, end, length: end - start + ((bytes[start] ?? 0) >= 0x80 ? 1 : 0) };
}

/** Whether s is at most half the order. */
export function isLowS(curve: Curve, signature: Uint8Array): boolean {
  const { bytes, halfOrder } = CURVES[curve];
  return compareBytes(signature.subarray(bytes), halfOrder) <= 0;
}

/** The low-S twin of a signature, and whether it had to be changed (then the recovery id flips its lowest bit). */
export function normaliseLowS(curve: Curve, signature: Uint8Array): { signature: Uint8Array; changed: boolean } {
  if (isLowS(curve, signature)) return { signature, changed: false };
  const { bytes, order } = CURVES[curve];
  const result = copyOf(signature);
  result.set(subtractBytes(order, signature.subarray(bytes)), bytes);
  return { signature: result, changed: true };
}

/** The digest as ECDSA uses it: its leftmost order-length bits, as an integer of the scalar's length (SEC 1, 4.1.3). */
export function digestToScalarBytes(curve: Curve, digest: Uint8Array): Uint8Array {
  const { bytes, orderBits } = CURVES[curve];
  if (digest.length === bytes && orderBits === 8 * bytes) return digest;
  const result = new Uint8Array(bytes);
  if (digest.length < bytes) {
    result.set(digest, bytes - digest.length);
    return result;
  }
  result.set(digest.subarray(0, bytes));
  const shift = 8 * bytes - orderBits;
  if (shift === 0) return result;
  for (let index = bytes - 1; index >= 0; index--) {
    result[index] = ((result[index] ?? 0) >> shift) | (((result[index - 1] ?? 0) << (8 - shift)) & 0xff);
  }
  return result;
}

/** Whether r and s are both in [1, n-1]. */
export function isSignatureInRange(curve: Curve, signature: Uint8Array): boolean {
  const { bytes, order } = CURVES[curve];
  return (
    signature.length === 2 * bytes &&
    isScalarInRange(signature.subarray(0, bytes), order) &&
    isScalarInRange(signature.subarray(bytes), order)
  );
}

/** A DER writer (ITU-T X.690): pure functions, each returning one complete element. */

import { encodeObjectIdentifier } from "./object-identifier.ts";
import { TAG, contextTag } from "./tags.ts";

/** One element: tag byte, minimal length, then the parts one after the other. */
export function derElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const digits: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256);
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | digits.length, ...digits];
  const bytes = new Uint8Array(header.length + length);
  bytes.set(header);
  let offset = header.length;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

export function derSequence(...parts: readonly Uint8Array[]): Uint8Array {
  return derElement(TAG.sequence, ...parts);
}

/** A non-negative INTEGER from big-endian bytes; leading zeros are dropped. */
export function derUnsignedInteger(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const first = magnitude[start];
  if (first === undefined) return derElement(TAG.integer, Uint8Array.of(0));
  const digits = magnitude.subarray(start);
  return first >= 0x80 ? derElement(TAG.integer, Uint8Array.of(0), digits) : derElement(TAG.integer, digits);
}

/** A non-negative INTEGER below 2^48. */
export function derSmallInteger(value: number): Uint8Array {
  const digits: number[] = [];
  for (let left = value; left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256);
  return derUnsignedInteger(Uint8Array.from(digits));
}

export function derOctetString(content: Uint8Array): Uint8Array {
  return derElement(TAG.octetString, content);
}

/** A BIT STRING without unused bits. */
export function derBitString(content: Uint8Array): Uint8Array {
  return derElement(TAG.bitString, Uint8Array.of(0), content);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function derObjectIdentifier(dotted: string): Uint8Array {
  return derElement(TAG.objectIdentifier, encodeObjectIdentifier(dotted));
}

export function derNull(): Uint8Array {
  return derElement(TAG.null);
}

/** An explicit context tag `[number]` around complete elements. */
export function derContext(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return derElement(contextTag(number, true), ...parts);
}

import { randomBytes as nodeRandomBytes } from "node:crypto";

/** Random bytes as a plain `Uint8Array`. */
export function randomBytes(length: number): Uint8Array {
  return new Uint8Array(nodeRandomBytes(length));
}

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A message that says what it is, so that a signature over it can't be taken for anything else; `length` bytes. */
export function testMessage(length: number): Uint8Array {
  const message = randomBytes(length);
  message.set(utf8("Keyrail conformance check: not a transaction. ").subarray(0, Math.floor(length / 2)));
  return message;
}

/** A copy with one bit changed, by default the lowest of the last byte. */
export function flipped(bytes: Uint8Array, index: number = bytes.length - 1): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

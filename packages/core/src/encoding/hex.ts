/** Hexadecimal (RFC 4648, section 8), strict both ways. */

import { KeyrailError } from "../errors.ts";

const DIGITS = "0123456789abcdef";

/** Value of each ASCII code as a hexadecimal digit, 255 where it is none. Upper and lower case are both read. */
const VALUES: Uint8Array = (() => {
  const values = new Uint8Array(256).fill(255);
  for (let value = 0; value < 16; value++) {
    const digit = DIGITS.charAt(value);
    values[digit.charCodeAt(0)] = value;
    values[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return values;
})();

/** Lower-case hexadecimal, two digits a byte, no prefix. */
export function encodeHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/**
 * The bytes of a hexadecimal text, or `undefined` when it has an odd number of digits or anything but digits
 * (no prefix, no white space). Either case. Takes the text as ASCII bytes too, so that a secret need not become a
 * string.
 */
export function tryDecodeHex(text: string | Uint8Array): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    const high = digitAt(text, 2 * index);
    const low = digitAt(text, 2 * index + 1);
    if (high === 255 || low === 255) {
      bytes.fill(0);
      return undefined;
    }
    bytes[index] = (high << 4) | low;
  }
  return bytes;
}

/**
 * The bytes of a hexadecimal text, either case.
 *
 * @throws `InvalidRequest` on an odd number of digits, a prefix, white space or any other character.
 */
export function decodeHex(text: string): Uint8Array {
  const bytes = tryDecodeHex(text);
  if (bytes === undefined) {
    throw new KeyrailError(
      "InvalidRequest",
      "The text is not hexadecimal: expected two digits (0-9, a-f) a byte and nothing else.",
      {
        expected: "hexadecimal",
      },
    );
  }
  return bytes;
}

function digitAt(text: string | Uint8Array, index: number): number {
  const code = typeof text === "string" ? text.charCodeAt(index) : text[index];
  return (code === undefined ? undefined : VALUES[code]) ?? 255;
}

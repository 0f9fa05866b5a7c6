/** Base64 and base64url (RFC 4648, sections 4 and 5), strict both ways: one text per byte string, one byte string per text. */

import { KeyrailError } from "../errors.ts";

const COMMON = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

interface Alphabet {
  readonly name: "base64" | "base64url";
  /** ASCII code of each value. */
  readonly codes: Uint8Array;
  /** Value of each ASCII code, 255 where it is not in the alphabet. */
  readonly values: Uint8Array;
  /** Base64 always pads to four characters; base64url, as JOSE uses it (RFC 7515, section 2), never does. */
  readonly padded: boolean;
}

const BASE64: Alphabet = alphabet("base64", `${COMMON}+/`, true);
const BASE64URL: Alphabet = alphabet("base64url", `${COMMON}-_`, false);
const PADDING = 0x3d;

/** Base64 with padding, on one line. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** As {@link encodeBase64}, as ASCII bytes: for secrets, so that the caller can wipe what was written. */
export function encodeBase64Bytes(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3)).fill(PADDING);
  const characters = Math.ceil((bytes.length * 4) / 3);
  for (let index = 0; index < characters; index++) {
    const bit = 6 * index;
    const at = bit >> 3;
    const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    text[index] = BASE64.codes[(pair >> (10 - (bit & 7))) & 63] ?? PADDING;
  }
  return text;
}

/** Base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/**
 * The bytes of a base64 text, or `undefined` when it is not strict base64: padding missing or misplaced, unused bits
 * that are not zero, white space, or a character outside the alphabet. Takes ASCII bytes too, so that a secret
 * need not become a string.
 */
export function tryDecodeBase64(text: string | Uint8Array): Uint8Array | undefined {
  return decode(text, BASE64);
}

/** As {@link tryDecodeBase64}, for base64url without padding. */
export function tryDecodeBase64Url(text: string | Uint8Array): Uint8Array | undefined {
  return decode(text, BASE64URL);
}

/**
 * The bytes of a base64 text with padding.
 *
 * @throws `InvalidRequest` when it is not strict base64 (see {@link tryDecodeBase64}).
 */
export function decodeBase64(text: string): Uint8Array {
  return decode(text, BASE64) ?? refuse(BASE64);
}

/**
 * The bytes of a base64url text without padding.
 *
 * @throws `InvalidRequest` when it is not strict base64url (see {@link tryDecodeBase64Url}).
 */
export function decodeBase64Url(text: string): Uint8Array {
  return decode(text, BASE64URL) ?? refuse(BASE64URL);
}

function alphabet(name: Alphabet["name"], characters: string, padded: boolean): Alphabet {
  const values = new Uint8Array(256).fill(255);
  const codes = new Uint8Array(64);
  for (let value = 0; value < 64; value++) {
    codes[value] = characters.charCodeAt(value);
    values[characters.charCodeAt(value)] = value;
  }
  return { name, codes, values, padded };
}

function refuse({ name, padded }: Alphabet): never {
  const expected = `strict ${name} ${padded ? "with" : "without"} padding`;
  throw new KeyrailError("InvalidRequest", `The text is not ${expected}.`, { expected });
}

function codeAt(text: string | Uint8Array, index: number): number {
  return typeof text === "string" ? text.charCodeAt(index) : (text[index] ?? 0);
}

function decode(text: string | Uint8Array, { values, padded }: Alphabet): Uint8Array | undefined {
  let characters = text.length;
  if (padded) {
    if (characters % 4 !== 0) return undefined;
    for (let pad = 0; pad < 2 && characters > 0 && codeAt(text, characters - 1) === PADDING; pad++) characters--;
  }
  const rest = characters % 4;
  if (rest === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((characters * 3) / 4));
  let bits = 0;
  let held = 0;
  let written = 0;
  for (let index = 0; index < characters; index++) {
    const value = values[codeAt(text, index)] ?? 255;
    if (value === 255) {
      bytes.fill(0);
      return undefined;
    }
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = (held >> bits) & 0xff;
    }
  }
  // What is left over must be zero bits: otherwise two texts would mean the same bytes.
  if ((held & ((1 << bits) - 1)) !== 0) {
    bytes.fill(0);
    return undefined;
  }
  return bytes;
}

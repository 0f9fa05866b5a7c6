/** Bytes as text on the way in and out. */

import {
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  tryDecodeBase64,
  tryDecodeBase64Url,
  tryDecodeHex,
} from "@keyrail/core";
import { usageError } from "../runtime/usage-error.ts";

/** Encodings of byte strings in files and on the terminal. */
export const BYTE_ENCODINGS = ["raw", "hex", "base64", "base64url"] as const;
/** An encoding of a byte string. */
export type ByteEncoding = (typeof BYTE_ENCODINGS)[number];

/** Encodes bytes; `raw` gives the bytes themselves. */
export function encodeBytes(bytes: Uint8Array, encoding: ByteEncoding): string | Uint8Array {
  switch (encoding) {
    case "raw":
      return bytes;
    case "hex":
      return encodeHex(bytes);
    case "base64":
      return encodeBase64(bytes);
    case "base64url":
      return encodeBase64Url(bytes);
  }
}

/**
 * Decodes the content of a file; blanks around the text do not count.
 * @throws KeyrailError `InvalidRequest` when it is not of that encoding.
 */
export function decodeBytes(content: Uint8Array, encoding: ByteEncoding, path: string): Uint8Array {
  if (encoding === "raw") return content;
  const text = new TextDecoder().decode(content).trim();
  const decoded =
    encoding === "hex" ? tryDecodeHex(text) : encoding === "base64" ? tryDecodeBase64(text) : tryDecodeBase64Url(text);
  if (decoded === undefined) throw usageError(`What ${path} names is not ${encoding}.`, path);
  return decoded;
}

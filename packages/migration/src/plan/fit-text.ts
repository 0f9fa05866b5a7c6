/** Labels and descriptions of one provider under the limits of another. */

import { createHash } from "node:crypto";
import type { TextLimit } from "@keyrail/core";

const SUFFIX_DIGITS = 8;
const REPLACEMENT = "_";
const NO_NAME = "unnamed";
const PRINTABLE_ASCII = /^[\u0020-\u007e]*$/;
// eslint-disable-next-line no-control-regex -- control characters are what no provider takes
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * A text as a provider with this limit takes it. One total function: every text under every limit has exactly one result,
 * and the result always fits.
 *
 * 1. A text that fits stays as it is.
 * 2. Otherwise characters that the provider doesn't take are replaced. For `printable-ascii` the text is first decomposed
 *    (Unicode NFKD) and its combining marks are taken away, so that `é` becomes `e`; what is then no printable ASCII becomes
 *    `_`. For `unicode`, control characters and unpaired surrogates become `_`.
 * 3. The result is cut at a character's end, so that `~` and 8 hexadecimal digits of the SHA-256 of the original text (as
 *    UTF-16, little-endian) still fit, and these are added: texts that differ before differ afterwards.
 * 4. A text of no characters that has to have some is called `unnamed`, and one that is still too short is filled up with
 *    `_` before the addition.
 *
 * Under a limit of less than 9 bytes only the leftmost part of step 3's addition is left.
 */
export function fitText(text: string, limit: TextLimit): string {
  if (fits(text, limit)) return text;
  const { minimumBytes, maximumBytes, charset } = limit;
  const suffix = `~${createHash("sha256").update(text, "utf16le").digest("hex").slice(0, SUFFIX_DIGITS)}`;
  if (maximumBytes < suffix.length) return suffix.slice(0, maximumBytes);
  const clean = charset === "printable-ascii" ? toPrintableAscii(text) : withoutControls(text);
  const body = cut(clean === "" ? NO_NAME : clean, maximumBytes - suffix.length);
  const missing = Math.max(0, minimumBytes - Buffer.byteLength(body) - suffix.length);
  return `${body}${REPLACEMENT.repeat(missing)}${suffix}`;
}

/** Whether a provider with this limit takes the text as it is. */
function fits(text: string, { minimumBytes, maximumBytes, charset }: TextLimit): boolean {
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes < minimumBytes || bytes > maximumBytes) return false;
  return charset === "printable-ascii" ? PRINTABLE_ASCII.test(text) : !CONTROL.test(text) && text.isWellFormed();
}

function toPrintableAscii(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^\u0020-\u007e]/gu, REPLACEMENT);
}

function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]/gu, REPLACEMENT);
}

/** The longest beginning of whole characters that has at most so many bytes of UTF-8. */
function cut(text: string, maximumBytes: number): string {
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character, "utf8");
    if (bytes > maximumBytes) break;
    length += character.length;
  }
  return text.slice(0, length);
}

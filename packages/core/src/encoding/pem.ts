/** PEM text (RFC 7468): reading over bytes, so that private keys never become strings, and writing. */

import { wipe } from "../bytes.ts";
import { KeyrailError } from "../errors.ts";
import { withoutByteOrderMark } from "./byte-order-mark.ts";
import { encodeBase64Bytes, tryDecodeBase64 } from "./base64.ts";

/** One encapsulated block of a PEM file. */
export interface PemBlock {
  /** What stands between `BEGIN ` and the dashes, such as `PRIVATE KEY`. */
  readonly label: string;
  /** The decoded content. */
  readonly bytes: Uint8Array;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";
const LINE_FEED = 0x0a;
const LINE_LENGTH = 64;
const LABEL = /^[\x21-\x2c\x2e-\x7e]+(?:[ -][\x21-\x2c\x2e-\x7e]+)*$/;
/** Longer files are not key files; the limit bounds the work on hostile input. */
const MAXIMUM_PEM_BYTES = 1_048_576;

/** True when the bytes hold the start of a PEM block at the start of a line. */
export function looksLikePem(file: Uint8Array): boolean {
  for (const { start, end } of lines(file)) {
    if (lineText(file, start, end, BEGIN.length) === BEGIN) return true;
  }
  return false;
}

/**
 * Every block of a PEM file, in order. Text outside the blocks is ignored, as RFC 7468 section 2 asks. Within a
 * block the base64 is strict: alphabet and padding as RFC 4648, unused bits zero, no empty line; lines may end in
 * CR LF and in blanks. A byte order mark of UTF-8 at the start is passed over, as OpenSSL does.
 *
 * @throws `InvalidKeyMaterial` for a block that does not end, ends with another label, carries RFC 1421 headers (the
 *   old OpenSSL encryption) or is not strict base64; also for a file without a block or of more than 1 MiB.
 */
export function decodePem(file: string | Uint8Array): readonly PemBlock[] {
  const ownCopy = typeof file === "string";
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const blocks: PemBlock[] = [];
  try {
    if (bytes.length > MAXIMUM_PEM_BYTES)
      throw invalidPem("The PEM file is larger than 1 MiB; key files are not.", "too large");
    let label: string | undefined;
    let content = new Uint8Array(0);
    let used = 0;
    for (const { start, end } of lines(bytes)) {
      if (label === undefined) {
        if (lineText(bytes, start, end, BEGIN.length) !== BEGIN) continue;
        label = boundaryLabel(lineText(bytes, start, end), BEGIN);
        content = new Uint8Array(bytes.length - end);
        used = 0;
      } else if (lineText(bytes, start, end, END.length) === END) {
        if (boundaryLabel(lineText(bytes, start, end), END) !== label) {
          wipe(content);
          throw invalidPem(`The PEM block "${label}" ends with another label.`, "labels differ");
        }
        const decoded = tryDecodeBase64(content.subarray(0, used));
        wipe(content);
        if (decoded === undefined || decoded.length === 0) {
          wipe(decoded);
          throw invalidPem(`The PEM block "${label}" is not valid base64; the file is damaged.`, "not base64");
        }
        blocks.push({ label, bytes: decoded });
        label = undefined;
      } else {
        const line = bytes.subarray(start, end);
        if (line.includes(0x3a)) {
          wipe(content);
          throw invalidPem(
            `The PEM block "${label}" has headers: it is in the old OpenSSL encryption (Proc-Type), which is not safe. Convert it with "openssl pkcs8 -topk8".`,
            "RFC 1421 headers",
          );
        }
        content.set(line, used);
        used += line.length;
        // An empty line would decode like none at all: refused through a character outside the alphabet.
        if (line.length === 0) content[used++] = LINE_FEED;
      }
    }
    if (label !== undefined) {
      wipe(content);
      throw invalidPem(`The PEM block "${label}" has no end line; the file is truncated.`, "truncated");
    }
    if (blocks.length === 0) throw invalidPem("The text has no PEM block (-----BEGIN …-----).", "no block");
    return blocks;
  } catch (error) {
    for (const block of blocks) wipe(block.bytes);
    throw error;
  } finally {
    if (ownCopy) wipe(bytes);
  }
}

/** One PEM block with lines of 64 characters and a final line feed. For public content: a text can't be wiped. */
export function encodePem(label: string, bytes: Uint8Array): string {
  return new TextDecoder().decode(encodePemBytes(label, bytes));
}

/** As {@link encodePem}, as ASCII bytes: for private keys, so that the caller can wipe what was written. */
export function encodePemBytes(label: string, bytes: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const head = encoder.encode(`${BEGIN}${label}${DASHES}\n`);
  const tail = encoder.encode(`${END}${label}${DASHES}\n`);
  const body = encodeBase64Bytes(bytes);
  const lineCount = Math.ceil(body.length / LINE_LENGTH);
  const pem = new Uint8Array(head.length + body.length + lineCount + tail.length);
  pem.set(head);
  let offset = head.length;
  for (let start = 0; start < body.length; start += LINE_LENGTH) {
    const line = body.subarray(start, start + LINE_LENGTH);
    pem.set(line, offset);
    offset += line.length;
    pem[offset++] = LINE_FEED;
  }
  pem.set(tail, offset);
  wipe(body);
  return pem;
}

function boundaryLabel(line: string, start: string): string {
  const label = line.slice(start.length, -DASHES.length);
  if (!line.endsWith(DASHES) || !LABEL.test(label))
    throw invalidPem(
      "A PEM boundary line is malformed; BEGIN and END each stand on a line of their own.",
      "boundary line",
    );
  return label;
}

/** Start and end of each line, without the line end and trailing blanks, and without a byte order mark before the first. */
function* lines(bytes: Uint8Array): Generator<{ start: number; end: number }> {
  let start = bytes.length - withoutByteOrderMark(bytes).length;
  while (start < bytes.length) {
    const found = bytes.indexOf(LINE_FEED, start);
    const next = found === -1 ? bytes.length : found;
    let end = next;
    while (end > start && isBlank(bytes[end - 1])) end--;
    yield { start, end };
    start = next + 1;
  }
}

function isBlank(code: number | undefined): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}

function lineText(bytes: Uint8Array, start: number, end: number, maximum = 200): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(end, start + maximum)));
}

function invalidPem(message: string, reason: string): KeyrailError<"InvalidKeyMaterial"> {
  return new KeyrailError("InvalidKeyMaterial", message, { reason, format: "pem" });
}

/**
 * What Keyrail keeps in the device's `descr` field, 64 bytes at most (encedo-hem.md, section 4):
 *
 *     <description, UTF-8, 0 to 42 bytes> [ "~k" <request, 4 characters> <intent, 16 characters> ]
 *
 * The marker in brackets, 22 ASCII bytes, is there when the key was made with an idempotency key. It stands at the end,
 * so that a prefix search still finds the description and a suffix search finds the intent. `intent` is the base64url
 * of the first 12 bytes of SHA-256 over the idempotency key, `request` that of the first 3 bytes of SHA-256 over the
 * request: the idempotency key itself is not told, and its use for another request is noticed.
 */

import { createHash } from "node:crypto";
import { encodeBase64Url, KeyrailError } from "@keyrail/core";

/** Bytes of `descr`. */
export const DESCR_BYTES = 64;
const MARKER_BYTES = 22;
/** Bytes of a description: what the marker leaves. */
export const DESCRIPTION_BYTES: number = DESCR_BYTES - MARKER_BYTES;

/** The trace of an idempotency key. */
export interface Marker {
  /** 16 characters: which intent. */
  readonly intent: string;
  /** 4 characters: which request. */
  readonly request: string;
}

/** A `descr` field, taken apart. */
export interface Description {
  /** Undefined when there is none, or when the bytes are not text. */
  readonly text: string | undefined;
  readonly marker: Marker | undefined;
}

const MARKER = /~k([A-Za-z0-9_-]{4})([A-Za-z0-9_-]{16})$/;

/** The marker of an idempotency key and a request. The request is told by its canonical text. */
export function markerOf(idempotencyKey: string, request: string): Marker {
  return {
    intent: digest("intent", idempotencyKey, 12),
    request: digest("request", request, 3),
  };
}

function digest(domain: string, text: string, bytes: number): string {
  const hash = createHash("sha256").update(`keyrail ${domain}\0${text}`).digest();
  return encodeBase64Url(hash.subarray(0, bytes));
}

/**
 * The bytes of `descr`; undefined when there is nothing to keep.
 *
 * @throws `InvalidRequest` for a description that ends like a marker: it would be read back as one.
 */
export function encodeDescription(text: string | undefined, marker: Marker | undefined): Uint8Array | undefined {
  if (text !== undefined && MARKER.test(text)) {
    throw new KeyrailError(
      "InvalidRequest",
      'A description can\'t end with "~k" and 20 more characters of base64url: Keyrail marks keys that way.',
      { path: "description" },
    );
  }
  const end = marker === undefined ? "" : `~k${marker.request}${marker.intent}`;
  const whole = `${text ?? ""}${end}`;
  return whole === "" ? undefined : new TextEncoder().encode(whole);
}

/** Takes the bytes of `descr` apart; never fails, since other programs write there too. */
export function decodeDescription(bytes: Uint8Array | undefined): Description {
  if (bytes === undefined || bytes.length === 0) return { text: undefined, marker: undefined };
  let whole: string;
  try {
    whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return { text: undefined, marker: undefined };
    throw error;
  }
  const match = MARKER.exec(whole);
  const request = match?.[1];
  const intent = match?.[2];
  const marker = request === undefined || intent === undefined ? undefined : { intent, request };
  const text = marker === undefined ? whole : whole.slice(0, -MARKER_BYTES);
  return { text: text === "" ? undefined : text, marker };
}

/** The bytes every `descr` of an intent ends with: what a suffix search looks for. */
export function intentSuffix(intent: string): Uint8Array {
  return new TextEncoder().encode(intent);
}

/**
 * What Keyrail keeps in the device's `descr` field, 64 bytes at most (encedo-hem.md, section 4):
 *
 *     <description, UTF-8, 0 to 39 bytes> [ "~u" <usages, 1 hex digit> ] [ "~k" <request, 4> <intent, 16> ]
 *
 * Both parts in brackets are ASCII and stand at the end, so that a prefix search still finds the description and a
 * suffix search finds the intent.
 *
 * `~u`, 3 bytes, is there when the key was asked for with fewer usages than the device would let it have: the device
 * tells signing from agreement and nothing finer. The digit has one bit per usage of the key's type.
 *
 * `~k`, 22 bytes, is there when the key was made with an idempotency key. `intent` is the base64url of the first 12 bytes
 * of SHA-256 over the idempotency key, `request` that of the first 3 bytes of SHA-256 over the request: the idempotency
 * key itself is not told, and its use for another request is noticed.
 */

import { createHash } from "node:crypto";
import { encodeBase64Url, KeyrailError } from "@keyrail/core";

/** Bytes of `descr`. */
export const DESCR_BYTES = 64;
const MARKER_BYTES = 22;
const USAGES_BYTES = 3;
/** Bytes of a description: what usages and marker leave. */
export const DESCRIPTION_BYTES: number = DESCR_BYTES - USAGES_BYTES - MARKER_BYTES;

/** The trace of an idempotency key. */
export interface Marker {
  /** 16 characters: which intent. */
  readonly intent: string;
  /** 4 characters: which request. */
  readonly request: string;
}

/** What Keyrail adds to a description. */
export interface Additions {
  /** Bits of the usages the key was asked for, lowest first in the order of its type; absent when it was all of them. */
  readonly usages?: number | undefined;
  readonly marker?: Marker | undefined;
}

/** A `descr` field, taken apart. */
export interface Description extends Additions {
  /** Undefined when there is none, or when the bytes are not text. */
  readonly text: string | undefined;
}

const ADDITIONS = /(?:~u([0-9a-f]))?(?:~k([A-Za-z0-9_-]{4})([A-Za-z0-9_-]{16}))?$/;

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
 * @throws `InvalidRequest` for a description that ends like something of ours: it would be read back as that.
 */
export function encodeDescription(text: string | undefined, additions: Additions): Uint8Array | undefined {
  if (text !== undefined && ADDITIONS.exec(text)?.[0] !== "") {
    throw new KeyrailError(
      "InvalidRequest",
      'A description can\'t end with "~u" and a hex digit, or with "~k" and 20 characters of base64url: Keyrail marks ' +
        "keys that way.",
      { path: "description" },
    );
  }
  const { usages, marker } = additions;
  const restriction = usages === undefined ? "" : `~u${usages.toString(16)}`;
  const end = marker === undefined ? "" : `~k${marker.request}${marker.intent}`;
  const whole = `${text ?? ""}${restriction}${end}`;
  return whole === "" ? undefined : new TextEncoder().encode(whole);
}

/** Takes the bytes of `descr` apart; never fails, since other programs write there too. */
export function decodeDescription(bytes: Uint8Array | undefined): Description {
  const whole = bytes === undefined ? "" : decodeText(bytes);
  if (whole === undefined) return { text: undefined };
  const [additions = "", usages, request, intent] = ADDITIONS.exec(whole) ?? [];
  const text = whole.slice(0, whole.length - additions.length);
  return {
    text: text === "" ? undefined : text,
    ...(usages === undefined ? {} : { usages: Number.parseInt(usages, 16) }),
    ...(request === undefined || intent === undefined ? {} : { marker: { request, intent } }),
  };
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The bytes every `descr` of an intent ends with: what a suffix search looks for. */
export function intentSuffix(intent: string): Uint8Array {
  return new TextEncoder().encode(intent);
}

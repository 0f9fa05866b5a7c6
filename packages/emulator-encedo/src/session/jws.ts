/** Compact JWS with HS256 (RFC 7515, RFC 7518): the only token form of the device. */

import { createHmac, timingSafeEqual } from "node:crypto";

import { decodeBase64, encodeBase64Url, utf8 } from "../bytes.ts";

/** A decoded token whose signature was not yet checked. */
export interface CompactJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** First two segments with their dot: what is signed. */
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

/** HMAC-SHA256 of a text or of bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}

/** Signs claims; header and claims are written as compact JSON in the order of their members. */
export function signCompactJws(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: Uint8Array,
): string {
  const signingInput = `${encodeBase64Url(utf8(JSON.stringify(header)))}.${encodeBase64Url(utf8(JSON.stringify(claims)))}`;
  return `${signingInput}.${encodeBase64Url(hmacSha256(key, signingInput))}`;
}

/** Decodes a token; `undefined` when it is not three segments of which two are JSON objects. */
export function decodeCompactJws(text: string): CompactJws | undefined {
  const segments = text.split(".");
  const [first, second, third] = segments;
  if (segments.length !== 3 || first === undefined || second === undefined || third === undefined) return undefined;
  const header = decodeJsonObject(first);
  const claims = decodeJsonObject(second);
  const signature = decodeBase64(third);
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  return { header, claims, signingInput: `${first}.${second}`, signature };
}

/** True when the token is HS256 and its signature is that of `key`. */
export function verifyCompactJws(token: CompactJws, key: Uint8Array): boolean {
  if (token.header.alg !== "HS256") return false;
  const expected = hmacSha256(key, token.signingInput);
  return token.signature.length === expected.length && timingSafeEqual(token.signature, expected);
}

function decodeJsonObject(segment: string): Record<string, unknown> | undefined {
  const bytes = decodeBase64(segment);
  if (bytes === undefined) return undefined;
  return parseJsonObject(bytes);
}

/** Parses UTF-8 JSON; `undefined` unless it is an object. */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isRecord(value) ? value : undefined;
  } catch {
    // Malformed JSON or UTF-8 is an expected input here; the caller answers 400 or 401.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

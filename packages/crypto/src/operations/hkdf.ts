/** HKDF (RFC 5869). */

import { hkdfSync } from "node:crypto";
import { invalidRequest } from "../errors.ts";

const HASHES = { "SHA-256": ["sha256", 32], "SHA-384": ["sha384", 48], "SHA-512": ["sha512", 64] } as const;

/** Hashes of HKDF. */
export type HkdfHash = keyof typeof HASHES;

/** What HKDF takes. */
export interface HkdfRequest {
  readonly hash: HkdfHash;
  readonly inputKeyMaterial: Uint8Array;
  /** Absent: a string of zeros as long as the hash's output. */
  readonly salt?: Uint8Array;
  /** At most 1024 bytes. */
  readonly info?: Uint8Array;
  /** Length of the output in bytes: 1 to 255 times the hash's output. */
  readonly length: number;
}

/** Extracts and expands. The caller wipes the output. Errors: `InvalidRequest`. */
export function hkdf(request: HkdfRequest): Uint8Array {
  const [name, hashBytes] = HASHES[request.hash];
  const { length, info = new Uint8Array(0), salt = new Uint8Array(0) } = request;
  if (!Number.isInteger(length) || length < 1 || length > 255 * hashBytes) {
    throw invalidRequest(`HKDF with ${request.hash} gives 1 to ${255 * hashBytes} bytes, not ${length}.`, "length");
  }
  if (info.length > 1024) throw invalidRequest("The info of HKDF has at most 1024 bytes.", "info");
  return new Uint8Array(hkdfSync(name, request.inputKeyMaterial, salt, info, length));
}

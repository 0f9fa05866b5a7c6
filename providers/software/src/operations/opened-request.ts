/**
 * What requests to an opened key are checked for: no gate and no schema stands before its methods, and the engines take texts
 * as bytes. A few comparisons each, since these methods are there for speed.
 */

import { isBytes } from "@keyrail/core";
import { invalidRequest } from "../keys/key-errors.ts";

/** @throws KeyrailError `InvalidRequest`. */
export function requireObject(request: unknown): void {
  if (typeof request === "object" && request !== null) return;
  throw invalidRequest("request", "Give the request as an object.");
}

/** @throws KeyrailError `InvalidRequest`. */
export function requireBytes(value: unknown, member: string): void {
  if (isBytes(value)) return;
  throw invalidRequest(
    member,
    `"${member}" is not valid: expected a Uint8Array whose buffer was not transferred away.`,
  );
}

/** @throws KeyrailError `InvalidRequest`. */
export function allowBytes(value: unknown, member: string): void {
  if (value !== undefined) requireBytes(value, member);
}

/** The members that signing and verifying have in common. @throws KeyrailError `InvalidRequest`. */
export function checkSignatureBytes(
  request: Readonly<Partial<Record<"message" | "digest" | "context" | "merkleRoot", unknown>>>,
): void {
  requireObject(request);
  const { message, digest, context, merkleRoot } = request;
  allowBytes(message, "message");
  allowBytes(digest, "digest");
  allowBytes(context, "context");
  allowBytes(merkleRoot, "merkleRoot");
}

/** Bytes at the edges of the tests. */

import { createHash } from "node:crypto";

/** Bytes of a hex string. */
export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

/** Lower-case hex of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The bytes one after the other. */
export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A big-endian integer. */
export function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes) || "0"}`);
}

/** An integer as 32 bytes, big-endian. */
export function fromInteger(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, "0"));
}

/** The same bytes in the other order, in a new array. */
export function reversed(bytes: Uint8Array): Uint8Array {
  return bytes.toReversed();
}

/** SHA-256 of bytes, or of the UTF-8 of a string. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(data).digest());
}

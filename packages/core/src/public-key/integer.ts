/** Big-endian byte strings as integers, for public values. */

import { encodeHex, tryDecodeHex } from "../encoding/hex.ts";

/** The unsigned big-endian integer in the bytes; 0 for none. */
export function integerFromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${encodeHex(bytes)}`);
}

/** The integer as `length` big-endian bytes. The caller has made sure that it fits. */
export function integerToBytes(value: bigint, length: number): Uint8Array {
  return tryDecodeHex(value.toString(16).padStart(2 * length, "0")) ?? new Uint8Array(length);
}

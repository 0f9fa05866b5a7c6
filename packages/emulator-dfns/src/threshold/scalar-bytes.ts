import { encodeHex, tryDecodeHex } from "@keyrail/core";

/** Big-endian, as many bytes as asked for (32 on all three curves). */
export function scalarToBytes(scalar: bigint, length = 32): Uint8Array {
  return tryDecodeHex(scalar.toString(16).padStart(2 * length, "0")) ?? new Uint8Array(length);
}

export function bytesToScalar(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${encodeHex(bytes)}`);
}

/** 64 lower-case hexadecimal digits, big-endian on every curve (fact sheet, section 8, S). */
export function scalarToHex(scalar: bigint): string {
  return scalar.toString(16).padStart(64, "0");
}

/** Always in 0..modulus-1, also for a negative value. */
export function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest >= 0n ? rest : rest + modulus;
}

/** The inverse of a value that has no factor in common with the (prime) modulus. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [left, right] = [modulo(value, modulus), modulus];
  let [x, y] = [1n, 0n];
  while (left > 1n) {
    const quotient = right / left;
    [right, left] = [left, right - quotient * left];
    [y, x] = [x, y - quotient * x];
  }
  return modulo(x, modulus);
}

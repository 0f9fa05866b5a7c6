/** Big-endian, as many bytes as asked for (32 on all three curves). */
export function scalarToBytes(scalar: bigint, length = 32): Uint8Array {
  return Buffer.from(scalar.toString(16).padStart(2 * length, "0"), "hex");
}

export function bytesToScalar(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return BigInt(`0x${hex === "" ? "0" : hex}`);
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

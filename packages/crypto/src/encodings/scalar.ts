/** Private scalars of the Weierstrass curves, compared as bytes so that no copy is left in an integer on the heap. */

import { WEIERSTRASS_CURVES, decodeHex, wipe, type WeierstrassKeyType } from "@keyrail/core";
import { invalidKeyFile, type KeyFileFormat } from "./parsed-key.ts";

/** Whether `1 <= d < n` for a big-endian scalar of the curve's full length. In constant time. */
export function isScalarInRange(keyType: WeierstrassKeyType, scalar: Uint8Array): boolean {
  const { n, coordinateBytes } = WEIERSTRASS_CURVES[keyType];
  if (scalar.length !== coordinateBytes) return false;
  const order = decodeHex(n.toString(16).padStart(2 * coordinateBytes, "0"));
  let borrow = 0;
  let seen = 0;
  for (let index = coordinateBytes - 1; index >= 0; index--) {
    const digit = scalar[index] ?? 0;
    borrow = ((digit - (order[index] ?? 0) - borrow) >> 8) & 1;
    seen |= digit;
  }
  return borrow === 1 && seen !== 0;
}

/**
 * A copy of a scalar at the curve's full length, checked to be in `1 .. n - 1`. A shorter one, as old tools wrote it, is
 * padded with zeros in front.
 */
export function readScalar(keyType: WeierstrassKeyType, bytes: Uint8Array, format: KeyFileFormat): Uint8Array {
  const { coordinateBytes } = WEIERSTRASS_CURVES[keyType];
  if (bytes.length === 0 || bytes.length > coordinateBytes) {
    throw invalidKeyFile(
      `A ${keyType} private key has ${coordinateBytes} bytes, not ${bytes.length}.`,
      "wrong length",
      format,
    );
  }
  const scalar = new Uint8Array(coordinateBytes);
  scalar.set(bytes, coordinateBytes - bytes.length);
  if (isScalarInRange(keyType, scalar)) return scalar;
  wipe(scalar);
  throw invalidKeyFile(
    `The private key is not valid for ${keyType}: it must be between 1 and the group order less 1.`,
    "scalar out of range",
    format,
  );
}

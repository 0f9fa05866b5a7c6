/** Scalars as bytes: 32 bytes, big-endian, on every curve here, Ed25519 included (dfns.md, section 8). */

import { mapHashToField, getMinHashLength, type IField } from "@noble/curves/abstract/modular.js";
import { bytesToNumberBE, numberToBytesBE, randomBytes } from "@noble/curves/utils.js";

import { wipe } from "@keyrail/core";

import { invalidKeyMaterial } from "../errors.ts";

/** Length of a scalar as bytes. Every group order here needs 32. */
export const SCALAR_BYTES = 32;

/**
 * Reads a scalar in 1..order-1.
 *
 * @throws KeyrailError `InvalidKeyMaterial`, naming `what` and never the value.
 */
export function readScalar(field: IField<bigint>, bytes: Uint8Array, what: string): bigint {
  const value = bytes.length === SCALAR_BYTES ? bytesToNumberBE(bytes) : 0n;
  if (!field.isValidNot0(value)) {
    throw invalidKeyMaterial(`${what} is ${SCALAR_BYTES} bytes, big-endian, of an integer in 1..order-1`);
  }
  return value;
}

/** Writes a scalar as 32 bytes, big-endian. */
export function writeScalar(value: bigint): Uint8Array {
  return numberToBytesBE(value, SCALAR_BYTES);
}

/** A scalar in 1..order-1 from the operating system's random source; bias below 2^-128 (FIPS 186-5, A.2.1). */
export function randomScalar(field: IField<bigint>): bigint {
  const seed = randomBytes(getMinHashLength(field.ORDER));
  const scalar = mapHashToField(seed, field.ORDER);
  const value = bytesToNumberBE(scalar);
  wipe(seed, scalar);
  return value;
}

/** Ed25519 private keys as scalars: the form in which they are shared. Loads noble. */

import { createHash } from "node:crypto";

import { wipe } from "@keyrail/core";
import { bytesToNumberLE } from "@noble/curves/utils.js";

import { invalidKeyMaterial } from "../errors.ts";
import { ED25519_GROUP } from "../groups/group.ts";
import { writeScalar } from "../groups/scalar.ts";

const SEED_BYTES = 32;
const EXPANDED_BYTES = 64;

/**
 * The secret scalar of an Ed25519 seed: the clamped lower half of SHA-512(seed), modulo the group order.
 *
 * RFC 8032, 5.1.5; dfns.md, section 8.4. One way: the seed can't be had back from it.
 *
 * @param seed 32 bytes.
 * @returns 32 bytes, **big-endian**. The caller wipes it.
 * @throws KeyrailError `InvalidKeyMaterial`.
 */
export function ed25519ScalarFromSeed(seed: Uint8Array): Uint8Array {
  if (seed.length !== SEED_BYTES) throw invalidKeyMaterial("an Ed25519 seed is 32 bytes");
  const hash = createHash("sha512").update(seed).digest();
  hash[0] = (hash[0] ?? 0) & 0xf8;
  hash[31] = ((hash[31] ?? 0) & 0x7f) | 0x40;
  const scalar = reduceLittleEndian(hash.subarray(0, 32));
  wipe(hash);
  return scalar;
}

/**
 * The secret scalar of an expanded Ed25519 key, modulo the group order.
 *
 * @param expanded 64 bytes: the scalar, little-endian, then the prefix (the `expanded` format of key material).
 * @returns 32 bytes, **big-endian**. The caller wipes it.
 * @throws KeyrailError `InvalidKeyMaterial`, also when the scalar is a multiple of the group order.
 */
export function ed25519ScalarFromExpanded(expanded: Uint8Array): Uint8Array {
  if (expanded.length !== EXPANDED_BYTES) throw invalidKeyMaterial("an expanded Ed25519 key is 64 bytes");
  return reduceLittleEndian(expanded.subarray(0, 32));
}

function reduceLittleEndian(bytes: Uint8Array): Uint8Array {
  const value = ED25519_GROUP.scalars.create(bytesToNumberLE(bytes));
  if (value === 0n) throw invalidKeyMaterial("an Ed25519 scalar is not a multiple of the group order");
  return writeScalar(value);
}

/** Private keys as the scalars that are shared, and exported scalars as private keys (dfns.md, sections 8.4 and 9.4). */

import { createHash } from "node:crypto";
import { KeyrailError, type PrivateKeyMaterial, wipe } from "@keyrail/core";
import { loadSecretSharing, openPrivateKey } from "@keyrail/crypto";
import type { KeyKind } from "../mapping.ts";

/**
 * The scalar of a private key, 32 bytes, big-endian on every curve. Of an Ed25519 seed it is the clamped lower half of
 * SHA-512 modulo the group order; of an expanded key its scalar, whose prefix is dropped: threshold signatures draw
 * their nonces at random.
 *
 * @returns a copy that the caller wipes.
 * @throws KeyrailError `InvalidKeyMaterial`.
 */
export async function scalarOf(material: PrivateKeyMaterial): Promise<Uint8Array> {
  if (material.keyType === "Ed25519") {
    const { ed25519ScalarFromSeed, ed25519ScalarFromExpanded } = await loadSecretSharing();
    return material.format === "seed"
      ? ed25519ScalarFromSeed(material.bytes)
      : ed25519ScalarFromExpanded(material.bytes);
  }
  if (material.format !== "scalar") {
    throw new KeyrailError("InvalidKeyMaterial", `A ${material.keyType} key is imported into Dfns as a scalar.`, {
      reason: "wrong format",
    });
  }
  // Opening it checks length and range.
  openPrivateKey(material).wipe();
  // Not `slice`: of a Buffer that would be a view, and wiping it would wipe the caller's key.
  return Uint8Array.from(material.bytes);
}

const PREFIX_DOMAIN = "keyrail/dfns/ed25519-prefix/1";

/**
 * An exported scalar as key material. secp256k1 and stark: the scalar. Ed25519: an expanded key (64 bytes), because Dfns
 * has the scalar only and never a seed.
 *
 * An expanded Ed25519 key needs a prefix, the secret that RFC 8032 hashes with the message into the nonce (5.1.6, step
 * 2). Dfns has none, so it is derived: the first 32 bytes of SHA-512(`keyrail/dfns/ed25519-prefix/1` || the scalar, 32
 * bytes little-endian). So the same export gives the same key, and the prefix is as secret as the scalar.
 *
 * @param scalar 32 bytes, big-endian; wiped by the caller.
 */
export function materialOf(kind: KeyKind, scalar: Uint8Array, chainCode: Uint8Array | undefined): PrivateKeyMaterial {
  const chain = chainCode === undefined ? {} : { chainCode };
  if (kind.keyType !== "Ed25519")
    return { keyType: kind.keyType, format: "scalar", bytes: Uint8Array.from(scalar), ...chain };
  const littleEndian = scalar.toReversed();
  const hash = createHash("sha512").update(PREFIX_DOMAIN).update(littleEndian).digest();
  const bytes = new Uint8Array(64);
  bytes.set(littleEndian);
  bytes.set(hash.subarray(0, 32), 32);
  wipe(littleEndian, hash);
  return { keyType: kind.keyType, format: "expanded", bytes, ...chain };
}

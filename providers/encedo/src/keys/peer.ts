/** Public keys on their way to the device. */

import { isWeierstrassKeyType, type PublicKey } from "@keyrail/core";
import { agree, generatePrivateKey, openPublicKey } from "@keyrail/crypto";

/** The bytes the device takes: compressed points on the Weierstrass curves, otherwise the raw key (section 4). */
export function transportBytes(publicKey: PublicKey): Uint8Array {
  return isWeierstrassKeyType(publicKey.keyType) ? publicKey.toCompressed() : publicKey.toRaw();
}

/**
 * Refuses a peer of low order before anything is sent: with it every agreement gives zero (RFC 7748, section 6). Points
 * of the Weierstrass curves were checked when the public key was read.
 *
 * @throws `InvalidKeyMaterial`.
 */
export async function checkPeer(publicKey: PublicKey): Promise<void> {
  const { keyType } = publicKey;
  if (keyType !== "X25519" && keyType !== "X448") return;
  const own = generatePrivateKey(keyType);
  try {
    // A trial with a throw-away key: it fails for exactly the peers of low order.
    agree(own, openPublicKey(keyType, publicKey.toRaw())).fill(0);
  } finally {
    own.wipe();
  }
}

/** Public keys on their way to the device, and the two sides of an agreement. */

import { isWeierstrassKeyType, KeyrailError, type Peer, PublicKey } from "@keyrail/core";
import { agree, generatePrivateKey, openPublicKey } from "@keyrail/crypto";
import type { DevicePeer } from "../client/key-endpoints.ts";
import type { CallLimits } from "../client/limits.ts";
import type { DeviceKeyType } from "../mapping.ts";
import type { KeyDirectory } from "./key-directory.ts";
import { normaliseKid } from "./key-record.ts";
import type { KeyReader } from "./key-reader.ts";

/** The peer of an agreement as the device takes it. @throws `InvalidKeyMaterial`. */
export function peerOf(uri: string, peer: Peer): DevicePeer {
  if ("key" in peer) return { kid: normaliseKid(uri, peer.key) };
  checkPeer(peer.publicKey);
  return { publicKey: transportBytes(peer.publicKey) };
}

/**
 * The type of the own key of an agreement; one request when it is not known yet. Compressed points of P-256 and secp256k1
 * look alike: the device would take one for the other.
 */
export async function sourceType(
  parts: { readonly directory: KeyDirectory; readonly reader: KeyReader },
  kid: string,
  limits: CallLimits,
): Promise<DeviceKeyType | undefined> {
  return parts.directory.get(kid)?.keyType ?? (await parts.reader.facts(kid, limits, true))?.keyType;
}

/** @throws `InvalidRequest` for a public key of another type than the own key. */
export function checkSameCurve(own: DeviceKeyType | undefined, peer: Peer): void {
  if (own !== undefined && "publicKey" in peer && peer.publicKey.keyType !== own) throw otherCurve();
}

/** The two sides can't agree. */
export function otherCurve(): KeyrailError<"InvalidRequest"> {
  return new KeyrailError("InvalidRequest", "The peer's public key is not of the type of the own key.", {
    path: "peer.publicKey",
  });
}

/**
 * A public key checked from scratch: on the curve, decodable, in range. The device itself looks at the length and the
 * first byte only (section 9).
 *
 * @throws `InvalidKeyMaterial`.
 */
export function checkedPublicKey(publicKey: PublicKey): PublicKey {
  return PublicKey.fromRaw(publicKey.keyType, publicKey.toRaw());
}

/** The bytes the device takes: compressed points on the Weierstrass curves, otherwise the raw key (section 4). */
export function transportBytes(publicKey: PublicKey): Uint8Array {
  return isWeierstrassKeyType(publicKey.keyType) ? publicKey.toCompressed() : publicKey.toRaw();
}

/**
 * Refuses a peer that is no point of its curve, or of low order: with that every agreement gives zero (RFC 7748,
 * section 6). Nothing is sent.
 *
 * @throws `InvalidKeyMaterial`.
 */
function checkPeer(publicKey: PublicKey): void {
  const { keyType } = checkedPublicKey(publicKey);
  if (keyType !== "X25519" && keyType !== "X448") return;
  const own = generatePrivateKey(keyType);
  try {
    // A trial with a throw-away key: it fails for exactly the peers of low order.
    agree(own, openPublicKey(keyType, publicKey.toRaw())).fill(0);
  } finally {
    own.wipe();
  }
}

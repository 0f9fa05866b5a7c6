/** Key agreement between a stored private key and a peer, as derive and the crypto endpoints use it. */

import type { Device } from "../device/device.ts";
import { agree, isMontgomery, isWeierstrass } from "../primitives/asymmetric.ts";
import { refuse } from "../refusal.ts";
import type { PeerFields } from "../routing/fields.ts";
import { KEY_TYPE_FACTS } from "./key-types.ts";

/** Whether a body names a peer at all. */
export function hasPeer(body: PeerFields): boolean {
  return body.ext_kid !== undefined || body.pubkey !== undefined;
}

/**
 * The full ECDH secret of the key `kid` and the peer of the body; `ext_kid` wins over `pubkey`.
 * Every failure is 406: no such key, no private half, not for ECDH, another curve, a bad point.
 */
export function agreeWithPeer(device: Device, kid: string, body: PeerFields): Uint8Array {
  const own = device.keys.find(kid);
  if (own?.secretKey === undefined || !own.flags.has("ECDH")) refuse(406);
  const { type, secretKey } = own;
  if (!isMontgomery(type) && !isWeierstrass(type)) refuse(406);
  let peer = body.pubkey;
  if (body.ext_kid !== undefined) {
    const stored = device.keys.find(body.ext_kid);
    if (stored?.type !== type) refuse(406);
    peer = stored.publicKey;
  }
  if (peer === undefined || peer.length !== KEY_TYPE_FACTS[type].publicKeyLength) refuse(406);
  return agree(type, secretKey, peer) ?? refuse(406);
}

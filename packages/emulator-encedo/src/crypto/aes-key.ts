/** Where an AES key comes from: a stored key, or an agreement with a peer (fact sheet, section 6). */

import { concatenate, utf8 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { agreeWithPeer, hasPeer } from "../keymgmt/agreement.ts";
import { isAes } from "../keymgmt/key-types.ts";
import { hkdfSha256 } from "../primitives/hash.ts";
import { refuse } from "../refusal.ts";
import type { PeerFields } from "../routing/fields.ts";

/** HKDF info of the two peer modes. */
export type AesPurpose = "encedo-aes" | "encedo-kek";

/** What selects the key. */
export interface AesKeyRequest extends PeerFields {
  readonly kid: string;
  /** Bound into the peer mode's key; without a peer it has no effect. */
  readonly ctx?: Uint8Array | undefined;
}

/**
 * The AES key of a request.
 *
 * @param length 16, 24 or 32 bytes. A longer stored key gives its first bytes, a shorter one is 406.
 */
export function aesKey(device: Device, request: AesKeyRequest, purpose: AesPurpose, length: number): Uint8Array {
  if (hasPeer(request)) {
    const secret = agreeWithPeer(device, request.kid, request);
    return hkdfSha256(secret, concatenate(utf8(purpose), request.ctx ?? new Uint8Array(0)), length);
  }
  const record = device.keys.find(request.kid);
  if (record?.secretKey === undefined || !isAes(record.type) || record.secretKey.length < length) refuse(406);
  return record.secretKey.subarray(0, length);
}

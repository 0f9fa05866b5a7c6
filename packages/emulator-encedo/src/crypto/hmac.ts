/** `crypto/hmac/hash` and `verify` (fact sheet, section 6). */

import { timingSafeEqual } from "node:crypto";
import { z } from "zod";

import { HMAC_PEER_USES_FULL_SECRET, STATUS_UNKNOWN_ALGORITHM } from "../assumptions.ts";
import { encodeBase64 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { agreeWithPeer, hasPeer } from "../keymgmt/agreement.ts";
import { MAC_LIMIT } from "../limits.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import { hmac, isHashName } from "../primitives/hash.ts";
import { refuse } from "../refusal.ts";
import {
  bytesField,
  kidField,
  kidSubject,
  limitedBytes,
  peerFields,
  requireMessage,
  type PeerFields,
} from "../routing/fields.ts";
import { CRYPTO } from "../routing/presets.ts";
import { route, type Route } from "../routing/route.ts";
import { empty, json } from "../transport/messages.ts";

const macFields = { kid: kidField, msg: bytesField, alg: z.string().optional(), ...peerFields };

const hash = route({
  ...CRYPTO,
  path: "/api/crypto/hmac/hash",
  plainHttp: 409,
  subject: kidSubject,
  body: z.object(macFields),
  auditType: LOG_TYPES.hmacMade,
  handle({ device }, body) {
    requireMessage(body.msg);
    return json({ mac: encodeBase64(computeMac(device, body)) });
  },
});

const verify = route({
  ...CRYPTO,
  path: "/api/crypto/hmac/verify",
  plainHttp: 418,
  subject: kidSubject,
  body: z.object({ ...macFields, mac: limitedBytes(MAC_LIMIT) }),
  auditType: LOG_TYPES.hmacVerified,
  handle({ device }, body) {
    requireMessage(body.msg);
    const expected = computeMac(device, body);
    return expected.length === body.mac.length && timingSafeEqual(expected, body.mac) ? empty() : refuse(406);
  },
});

/** The MAC endpoints. */
export const HMAC_ROUTES: readonly Route[] = [hash, verify];

interface MacRequest extends PeerFields {
  readonly kid: string;
  readonly msg: Uint8Array;
  readonly alg?: string | undefined;
}

/** With a stored key its type fixes the hash; with a peer `alg` does, and the raw secret is the key. */
function computeMac(device: Device, body: MacRequest): Uint8Array {
  if (hasPeer(body)) {
    if (body.alg === undefined || !isHashName(body.alg)) refuse(STATUS_UNKNOWN_ALGORITHM);
    const secret = agreeWithPeer(device, body.kid, body);
    return hmac(body.alg, HMAC_PEER_USES_FULL_SECRET ? secret : secret.subarray(0, 32), body.msg);
  }
  const record = device.keys.find(body.kid);
  if (record?.secretKey === undefined || !isHashName(record.type)) refuse(406);
  return hmac(record.type, record.secretKey, body.msg);
}

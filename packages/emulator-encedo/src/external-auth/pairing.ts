/** Pairing of a phone app: `auth/ext/init`, `validate`, `mac` (fact sheet, section 3). */

import { z } from "zod";

import { concatenate, encodeBase64, equalBytes, utf8 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import type { KeyRecord } from "../keymgmt/key-record.ts";
import { storeKey } from "../keymgmt/store-key.ts";
import { DESCRIPTION_LIMIT, PAIRING_LIMIT, PAIRING_PREFIX, PAIRING_REQUEST_LIFETIME } from "../limits.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import { refuse } from "../refusal.ts";
import { labelField, limitedBytes } from "../routing/fields.ts";
import { overBoth } from "../routing/presets.ts";
import { route, type Route, type RouteContext } from "../routing/route.ts";
import { decodeCompactJws, hmacSha256, signCompactJws, verifyCompactJws } from "../session/jws.ts";
import { json } from "../transport/messages.ts";

/** Header of every token under an X25519 secret. */
export const AGREED_HEADER: Readonly<Record<string, string>> = { ecdh: "x25519", alg: "HS256", typ: "JWT" };

/** A 32-byte X25519 public key. */
export const ephemeralKey: z.ZodType<Uint8Array, unknown> = limitedBytes(32, 32);

const PAIRING = overBoth("initialised", { kind: "scope", prefixes: ["auth:ext:pair", "system:config"], roles: ["U"] });
const PAIRING_PREFIX_BYTES = utf8(PAIRING_PREFIX);

/** What a phone app says of itself. */
const ReplyClaims = z.object({ jti: z.string(), iss: ephemeralKey, label: labelField, epk: ephemeralKey });

const init = route({
  method: "POST",
  path: "/api/auth/ext/init",
  ...PAIRING,
  body: z.object({ epk: ephemeralKey }),
  handle({ device }, body) {
    requireTrustedTime(device);
    const secret = device.identity.agree(body.epk) ?? refuse(400);
    const jti = encodeBase64(device.random(32));
    const exp = device.clock.seconds() + PAIRING_REQUEST_LIFETIME;
    device.boot.pairings.set(jti, exp);
    const claims = { jti, exp, aud: encodeBase64(body.epk), iss: device.identity.eid };
    return json({ request: signCompactJws(AGREED_HEADER, claims, secret), eid: device.identity.eid });
  },
});

const mac = route({
  method: "POST",
  path: "/api/auth/ext/mac",
  ...PAIRING,
  body: z.object({ epk: ephemeralKey }),
  handle({ device }, body) {
    requireTrustedTime(device);
    const secret = device.identity.agree(body.epk) ?? refuse(400);
    const nonce = device.random(32);
    return json({ nonce: encodeBase64(nonce), mac: encodeBase64(hmacSha256(secret, nonce)), eid: device.identity.eid });
  },
});

const validate = route({
  method: "POST",
  path: "/api/auth/ext/validate",
  ...PAIRING,
  body: z.object({ pid: limitedBytes(DESCRIPTION_LIMIT - PAIRING_PREFIX.length, 1), reply: z.string() }),
  auditType: LOG_TYPES.paired,
  handle: (context, body) => json(pair(context, body.pid, body.reply)),
});

/** The pairing endpoints. */
export const PAIRING_ROUTES: readonly Route[] = [init, mac, validate];

/** Logins wait for a check-in when the clock is not set (403). */
export function requireTrustedTime(device: Device): void {
  if (device.awaitsTrustedTime) refuse(403);
}

/** The records of paired apps. */
export function pairedApps(device: Device): readonly KeyRecord[] {
  return device.keys.records().filter((record) => {
    const prefix = record.description.subarray(0, PAIRING_PREFIX_BYTES.length);
    return record.type === "CURVE25519" && equalBytes(prefix, PAIRING_PREFIX_BYTES);
  });
}

/** The phone's id of a pairing. */
export function pairingId(record: KeyRecord): Uint8Array {
  return record.description.slice(PAIRING_PREFIX_BYTES.length);
}

function pair(context: RouteContext, pid: Uint8Array, reply: string): { kid: string; code: string } {
  const { device } = context;
  requireTrustedTime(device);
  const token = decodeCompactJws(reply);
  const parsed = ReplyClaims.safeParse(token?.claims);
  if (token === undefined || !parsed.success) refuse(400);
  const { jti, iss, label, epk } = parsed.data;
  const endsAt = device.boot.pairings.get(jti);
  const secret = device.identity.agree(iss);
  if (
    endsAt === undefined ||
    endsAt < device.clock.seconds() ||
    secret === undefined ||
    !verifyCompactJws(token, secret)
  )
    refuse(401);
  const codeKey = device.identity.agree(epk) ?? refuse(400);
  if (pairedApps(device).length >= PAIRING_LIMIT) refuse(406);
  const kid = storeKey(device, {
    type: "CURVE25519",
    flags: new Set(["ECDH"]),
    label,
    description: concatenate(PAIRING_PREFIX_BYTES, pid),
    publicKey: iss,
  });
  device.boot.pairings.delete(jti);
  context.auditData = kid;
  return { kid, code: encodeBase64(hmacSha256(codeKey, reply)) };
}

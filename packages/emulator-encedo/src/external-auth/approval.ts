/** Login by a paired phone app: `auth/ext/request` and `token` (fact sheet, section 3). */

import { z } from "zod";

import { encodeBase64, decodeHex, equalBytes, utf8 } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { listTypeString, type KeyRecord } from "../keymgmt/key-record.ts";
import {
  APPROVAL_LIFETIME,
  EXTERNAL_CONTEXT_LIMIT,
  EXTERNAL_NOTE_LIMIT,
  EXTERNAL_SCOPE_LIMIT,
  KEY_APPROVAL_LIFETIME,
} from "../limits.ts";
import { LOG_RESULTS, LOG_TYPES } from "../logger/audit-log.ts";
import { refuse } from "../refusal.ts";
import { open } from "../routing/presets.ts";
import { route, type Route } from "../routing/route.ts";
import { issueBearer } from "../session/bearer.ts";
import { decodeCompactJws, signCompactJws, verifyCompactJws } from "../session/jws.ts";
import { json } from "../transport/messages.ts";
import { AGREED_HEADER, ephemeralKey, pairedApps, pairingId, requireTrustedTime } from "./pairing.ts";
import { openScope, sealingKey, sealScope } from "./scope-seal.ts";

const request = route({
  method: "POST",
  path: "/api/auth/ext/request",
  ...open("initialised"),
  body: z.object({
    epk: ephemeralKey,
    scope: z.string().min(1).max(EXTERNAL_SCOPE_LIMIT),
    ctx: z.string().min(1).max(EXTERNAL_CONTEXT_LIMIT).optional(),
    note: z.string().min(1).max(EXTERNAL_NOTE_LIMIT).optional(),
  }),
  handle({ device }, body) {
    requireTrustedTime(device);
    const secret = device.identity.agree(body.epk) ?? refuse(400);
    const jti = encodeBase64(device.random(32));
    const key = keyOfScope(device, body.scope);
    const iat = device.clock.seconds();
    const exp = iat + (body.scope.startsWith(USE) ? KEY_APPROVAL_LIFETIME : APPROVAL_LIFETIME);
    const shown = key === undefined ? body.scope : `${body.scope}#${displayOf(key)}`;
    device.boot.approvals.set(jti, { expiresAt: exp, context: body.ctx });
    const epk = encodeBase64(body.epk);
    const claims = {
      iss: device.identity.eid,
      aud: epk,
      iat,
      exp,
      jti,
      scope: Object.fromEntries(
        pairedApps(device).map((app) => [encodeBase64(pairingId(app)), sealFor(device, app, jti, shown)]),
      ),
      ...(body.ctx === undefined ? {} : { ctx: body.ctx }),
      ...(body.note === undefined ? {} : { note: body.note }),
    };
    return json({ authreq: signCompactJws(AGREED_HEADER, claims, secret), epk });
  },
});

/** What the phone app answers; the form is an assumption (`AUTHENTICATOR_REPLY_KEY`). */
const ReplyClaims = z.object({ jti: z.string(), iss: ephemeralKey, exp: z.int(), scope: z.string() });

const token = route({
  method: "POST",
  path: "/api/auth/ext/token",
  ...open("initialised"),
  body: z.object({ authreply: z.string() }),
  handle({ device }, body) {
    requireTrustedTime(device);
    const reply = decodeCompactJws(body.authreply);
    const claims = ReplyClaims.safeParse(reply?.claims);
    if (reply === undefined || !claims.success) refuse(400);
    const { jti, iss, exp, scope } = claims.data;
    const app =
      pairedApps(device).find((record) => record.publicKey !== undefined && equalBytes(record.publicKey, iss)) ??
      refuse(406);
    const secret = device.identity.agree(iss) ?? refuse(406);
    const approval = device.boot.approvals.get(jti);
    const now = device.clock.seconds();
    if (!verifyCompactJws(reply, secret) || approval === undefined || approval.expiresAt < now) refuse(401);
    const approved = openScope(sealingKey(secret, jti), scope) ?? refuse(406);
    if (exp !== 0 && exp <= now) refuse(401);
    device.boot.approvals.delete(jti);
    const subject = encodeBase64(decodeHex(app.kid) ?? new Uint8Array(0));
    const granted = approved.split("#", 1)[0] ?? "";
    const expiresAt = exp === 0 ? device.defaultExpiry() : exp;
    device.audit(LOG_TYPES.externalLogin, LOG_RESULTS.ok, subject, granted);
    return json({ token: issueBearer(device, { scope: granted, subject, expiresAt, context: approval.context }) });
  },
});

/** The endpoints of a login by phone. */
export const APPROVAL_ROUTES: readonly Route[] = [request, token];

const USE = "keymgmt:use:";

function keyOfScope(device: Device, scope: string): KeyRecord | undefined {
  return scope.startsWith(USE) ? device.keys.find(scope.slice(USE.length).toLowerCase()) : undefined;
}

/** What the phone shows of a key: base64 of its type and label. */
function displayOf(key: KeyRecord): string {
  return encodeBase64(utf8(JSON.stringify({ t: listTypeString(key), l: key.label })));
}

function sealFor(device: Device, app: KeyRecord, jti: string, scope: string): string {
  const secret = app.publicKey === undefined ? undefined : device.identity.agree(app.publicKey);
  return secret === undefined ? "" : sealScope(sealingKey(secret, jti), scope);
}

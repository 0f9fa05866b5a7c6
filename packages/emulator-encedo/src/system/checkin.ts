/** `system/checkin`: how the device learns the time (fact sheet, section 7). */

import { z } from "zod";

import { CHECKIN_STATUS_R_REBOOTS } from "../assumptions.ts";
import { decodeBase64, encodeBase64 } from "../bytes.ts";
import { FLS_SHUT_DOWN_BY_CHECKIN, type Device } from "../device/device.ts";
import { computeKid } from "../keymgmt/key-record.ts";
import { LOG_RESULTS, LOG_TYPES } from "../logger/audit-log.ts";
import { refuse } from "../refusal.ts";
import { open } from "../routing/presets.ts";
import { NO_BODY, route, type Route } from "../routing/route.ts";
import { decodeCompactJws, signCompactJws } from "../session/jws.ts";
import { json } from "../transport/messages.ts";

/** What the reply of the check-in service says. */
const ReplyClaims = z.object({
  /** Seconds since the epoch: the time the device takes over. */
  iat: z.int().min(0),
  status: z.string().default("OK"),
  /** A new TLS certificate, PEM. */
  newcrt: z.string().optional(),
});

const ask = route({
  method: "GET",
  path: "/api/system/checkin",
  ...open("any"),
  body: NO_BODY,
  handle({ device }) {
    const claims = { iss: device.identity.eid, jti: encodeBase64(device.random(16)), fwv: device.firmware };
    return json({ check: signCompactJws({ typ: "JWT", alg: "HS256" }, claims, device.boot.tokenSecret) });
  },
});

const answer = route({
  method: "POST",
  path: "/api/system/checkin",
  ...open("any"),
  body: z.object({ checked: z.string() }),
  handle({ device }, body) {
    const reply = ReplyClaims.safeParse(decodeCompactJws(body.checked)?.claims);
    if (!reply.success) refuse(401);
    const { iat, status, newcrt } = reply.data;
    device.clock.set(iat);
    device.audit(LOG_TYPES.clockSet, LOG_RESULTS.ok, "", String(iat));
    if (newcrt !== undefined && !device.quirks.checkinIgnoresNewCertificate) replaceCertificate(device, newcrt);
    return {
      ...json({ status, ...(newcrt === undefined ? {} : { newcrt: true }) }),
      afterwards: () => obey(device, status),
    };
  },
});

/** The check-in endpoints. */
export const CHECKIN_ROUTES: readonly Route[] = [ask, answer];

function obey(device: Device, status: string): void {
  if (status === "W") device.wipe();
  if (status === "B") device.flsState |= FLS_SHUT_DOWN_BY_CHECKIN;
  if (status === "R" && CHECKIN_STATUS_R_REBOOTS) device.restart();
  if (status === "L") {
    device.config = { ...device.config, userkey: undefined, updatedAt: device.clock.seconds() };
    device.persist();
  }
}

/** Puts the new certificate's record in the place of the old one. The server keeps its own certificate. */
function replaceCertificate(device: Device, certificate: string): void {
  const der = decodeBase64(certificate.replace(/-----[A-Z ]+-----|\s/g, ""));
  const old = device.keys.records().find((record) => record.flags.has("CERT"));
  if (der === undefined || old === undefined) return;
  const now = device.clock.seconds();
  device.keys.delete(old.kid, device.boot.number);
  device.keys.add({ ...old, kid: computeKid(der), publicKey: der, created: now, updated: now });
  device.persist();
}

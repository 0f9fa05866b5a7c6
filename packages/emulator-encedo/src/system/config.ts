/** `system/config`, read and write, and the attestation (fact sheet, section 7). */

import { timingSafeEqual } from "node:crypto";
import { z } from "zod";

import { ATTESTATION_MEMBER } from "../assumptions.ts";
import { certificateRequest } from "../certificates/certificate-request.ts";
import { decodeBase64, encodeBase64, encodeHex } from "../bytes.ts";
import { publicKeyText, SettableConfigSchema, type SettableConfig } from "../device/config.ts";
import type { Device } from "../device/device.ts";
import { LOG_TYPES } from "../logger/audit-log.ts";
import { refuse } from "../refusal.ts";
import { overBoth } from "../routing/presets.ts";
import { NO_BODY, route, type Route } from "../routing/route.ts";
import { hmacSha256 } from "../session/jws.ts";
import { empty, json, type DeviceResponse } from "../transport/messages.ts";

const read = route({
  method: "GET",
  path: "/api/system/config",
  ...overBoth("any", {
    kind: "scope",
    prefixes: ["system:config", "logger:get", "auth:ext:pair"],
    roles: ["U", "M", "Ext"],
  }),
  body: NO_BODY,
  handle({ device }) {
    const { config, identity } = device;
    device.boot.configNonce = encodeBase64(device.random(32));
    return json({
      iat: config.initialisedAt,
      uts: config.updatedAt,
      devid: encodeHex(identity.serial),
      ...(config.instanceid === undefined ? {} : { instanceid: config.instanceid }),
      eid: identity.eid,
      eid_sign: encodeBase64(identity.signingPublicKey),
      ...settableMembers(device),
      hostname: config.hostname,
      ip: config.ip,
      spk: device.boot.spk,
      nonce: device.boot.configNonce,
      ...(device.model === "EPA"
        ? {}
        : {
            genuine_id: encodeHex(identity.serial),
            storage_mode: config.storage_mode,
            storage_disk0size: config.storage_disk0size,
            storage_capacity: config.storage_capacity,
          }),
    });
  },
});

const write = route({
  method: "POST",
  path: "/api/system/config",
  ...overBoth("healthy", {
    kind: "scope",
    prefixes: ["system:config"],
    roles: ["U", "M"],
    openWhenUninitialised: true,
  }),
  body: NO_BODY,
  auditType: LOG_TYPES.configChanged,
  handle({ device }, body) {
    if (body.wipeout === true) return { ...empty(), afterwards: () => device.wipe() };
    return applyConfig(device, body);
  },
});

const attestation = route({
  method: "GET",
  path: "/api/system/config/attestation",
  ...overBoth("healthy", { kind: "token" }),
  body: NO_BODY,
  handle: () => json({ [ATTESTATION_MEMBER]: true }),
});

/** The configuration endpoints. */
export const CONFIG_ROUTES: readonly Route[] = [read, write, attestation];

const Actions = z.object({
  userkey: publicKeyText.optional(),
  userkey_hmac: z.string().optional(),
  userkey_nonce: z.string().optional(),
  gen_csr: z.boolean().optional(),
  tls: z.object({ crt: z.string() }).optional(),
});

/** Changes what the body names; the answer is the same JSON whether it is 200 or 400. */
function applyConfig(device: Device, body: Readonly<Record<string, unknown>>): DeviceResponse {
  const members = SettableConfigSchema.safeParse(body);
  const actions = Actions.safeParse(body);
  if (!members.success || !actions.success) return { status: 400, json: { updated: false } };
  const changes: Record<string, unknown> = Object.fromEntries(
    Object.entries(members.data).filter(([, value]) => value !== undefined),
  );
  const { userkey, gen_csr: wantsRequest, tls } = actions.data;
  if (userkey !== undefined) {
    if (!provesUserKey(device, actions.data)) refuse(401);
    changes.userkey = userkey;
  }
  const updated = Object.keys(changes).length > 0 || tls !== undefined;
  if (updated) {
    device.config = { ...device.config, ...changes, updatedAt: device.clock.seconds() };
    device.persist();
  }
  return json({
    updated,
    ...(tls === undefined ? {} : { reboot_required: true }),
    ...(wantsRequest === true ? { csr: certificateRequest(device.config.hostname) } : {}),
  });
}

/** Whether the change of the user key is signed by the new key over the nonce `system/config` gave. */
function provesUserKey(device: Device, change: z.output<typeof Actions>): boolean {
  const newKey = decodeBase64(change.userkey ?? "");
  const mac = decodeBase64(change.userkey_hmac ?? "");
  const nonce = device.boot.configNonce;
  const secret = newKey === undefined ? undefined : device.boot.agree(newKey);
  const nonceBytes = decodeBase64(nonce ?? "");
  if (nonce === undefined || change.userkey_nonce !== nonce || secret === undefined || nonceBytes === undefined)
    return false;
  device.boot.configNonce = undefined;
  const expected = hmacSha256(secret, nonceBytes);
  return mac?.length === expected.length && timingSafeEqual(mac, expected);
}

function settableMembers(device: Device): Omit<SettableConfig, "storage_mode"> {
  const { user, email, origin, ctx, trusted_ts, trusted_backend, allow_keysearch, dnsd } = device.config;
  const { http_option_hsts, http_option_dosprot_mode } = device.config;
  return {
    user,
    email,
    dnsd,
    trusted_ts,
    trusted_backend,
    allow_keysearch,
    origin,
    ctx,
    http_option_hsts,
    http_option_dosprot_mode,
  };
}

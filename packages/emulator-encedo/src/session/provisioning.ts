/** First initialisation of a device (fact sheet, section 3, "Provisioning"). */

import { randomUUID } from "node:crypto";
import { z } from "zod";

import { decodeBase64 } from "../bytes.ts";
import { factoryConfig, publicKeyText } from "../device/config.ts";
import type { Device } from "../device/device.ts";
import { LOCAL_CONTEXT_LIMIT, USER_LABEL_LIMIT } from "../limits.ts";
import { LOG_RESULTS, LOG_TYPES } from "../logger/audit-log.ts";
import { refuse } from "../refusal.ts";
import { issueBearer } from "./bearer.ts";
import { checkProof, decodeProof } from "./local-login.ts";

const text = z.string().max(255);

const Configuration = z.object({
  user: z.string().max(USER_LABEL_LIMIT),
  masterkey: publicKeyText,
  userkey: publicKeyText,
  hostname: text,
  origin: text,
  trusted_ts: z.boolean(),
  trusted_backend: z.boolean(),
  allow_keysearch: z.boolean(),
  email: text,
  ctx: z.string().max(LOCAL_CONTEXT_LIMIT).optional(),
  gen_csr: z.boolean().optional(),
});

/** The members only a device with mass storage has. */
const MassStorage = z.object({
  ip: text,
  storage_mode: z.int().min(0).max(255),
  storage_disk0size: z.int().min(0),
  dnsd: z.boolean(),
});

const Claims = z.object({
  jti: z.string(),
  aud: z.string(),
  exp: z.int(),
  iat: z.int(),
  iss: z.string(),
  cfg: z.looseObject({}),
});

/**
 * Initialises the device with the configuration of a proof that its master key signed.
 *
 * @returns what `auth/init` answers. Refuses with 400 (malformed) or 401 (not signed by that key).
 */
export function initialise(device: Device, proof: string): Record<string, unknown> {
  const { token, claims } = decodeProof(proof, Claims);
  const configuration = Configuration.safeParse(claims.cfg).data ?? refuse(400);
  const storage = device.model === "PPA" ? (MassStorage.safeParse(claims.cfg).data ?? refuse(400)) : {};
  const masterKey = decodeBase64(configuration.masterkey);
  if (claims.iss !== configuration.masterkey) refuse(401);
  checkProof(device, token, masterKey);
  const now = device.clock.seconds();
  const { gen_csr: _unused, ctx = "", ...members } = configuration;
  const instanceid = randomUUID();
  device.config = { ...factoryConfig(), ...members, ...storage, ctx, instanceid, initialisedAt: now, updatedAt: now };
  device.audit(LOG_TYPES.initialised, LOG_RESULTS.ok, "M", instanceid);
  device.persist();
  const bearer = issueBearer(device, { scope: "system:config", subject: "U", expiresAt: device.defaultExpiry() });
  return { instanceid, token: bearer, genuine: true };
}

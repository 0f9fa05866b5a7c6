/** The device's configuration: what `system/config` reads and writes (fact sheet, sections 3 and 7). */

import { z } from "zod";

import { decodeBase64 } from "../bytes.ts";
import { USER_LABEL_LIMIT } from "../limits.ts";

/** Base64 text of exactly 32 bytes. */
export const publicKeyText: z.ZodType<string> = z
  .string()
  .max(88)
  .refine((text) => decodeBase64(text)?.length === 32, "32 bytes as base64");

const label = z.string().max(USER_LABEL_LIMIT);
const text = z.string().max(255);

/** The members a client may set with `system/config`; `hostname` and `ip` are not among them. */
export interface SettableConfig {
  user: string;
  email: string;
  /** Allow-list of origins: `*`, exact origins, `*.domain.tld`. */
  origin: string;
  ctx: string;
  /** Whether logins need a clock that a check-in has set. */
  trusted_ts: boolean;
  trusted_backend: boolean;
  /** Whether a search may come without a token. */
  allow_keysearch: boolean;
  dnsd: boolean;
  http_option_hsts: boolean;
  /** A request must be complete within this many half seconds; 0 is off. */
  http_option_dosprot_mode: number;
  storage_mode: number;
}

/** Everything the device keeps as configuration. */
export interface DeviceConfig extends SettableConfig {
  hostname: string;
  ip: string;
  storage_disk0size: number;
  storage_capacity: number;
  instanceid?: string | undefined;
  /** Base64 of the 32-byte X25519 public key of role U; absent on an uninitialised device. */
  userkey?: string | undefined;
  /** Base64 of the 32-byte X25519 public key of role M; absent on an uninitialised device. */
  masterkey?: string | undefined;
  /** Seconds since the epoch of the initialisation. */
  initialisedAt: number;
  /** Seconds since the epoch of the last change. */
  updatedAt: number;
}

const settable = {
  user: label,
  email: text,
  origin: text,
  ctx: text,
  trusted_ts: z.boolean(),
  trusted_backend: z.boolean(),
  allow_keysearch: z.boolean(),
  dnsd: z.boolean(),
  http_option_hsts: z.boolean(),
  http_option_dosprot_mode: z.int().min(0).max(4),
  storage_mode: z.int().min(0).max(255),
};

/** The settable members that a request carries; others are dropped. */
export const SettableConfigSchema: z.ZodType<{ [K in keyof SettableConfig]?: SettableConfig[K] | undefined }> = z
  .object(settable)
  .partial();

/** Everything the device keeps as configuration. */
export const DeviceConfigSchema: z.ZodType<DeviceConfig> = z.object({
  ...settable,
  hostname: text,
  ip: text,
  storage_disk0size: z.int().min(0),
  storage_capacity: z.int().min(0),
  instanceid: z.string().optional(),
  userkey: publicKeyText.optional(),
  masterkey: publicKeyText.optional(),
  initialisedAt: z.int(),
  updatedAt: z.int(),
});

/** Configuration of a device as it leaves the factory. */
export function factoryConfig(): DeviceConfig {
  return {
    user: "",
    email: "",
    origin: "*.ence.do",
    ctx: "",
    trusted_ts: true,
    trusted_backend: true,
    allow_keysearch: false,
    dnsd: true,
    http_option_hsts: false,
    http_option_dosprot_mode: 0,
    storage_mode: 1,
    hostname: "my.ence.do",
    ip: "192.168.7.1",
    storage_disk0size: 65_536,
    storage_capacity: 7_634_944,
    initialisedAt: 0,
    updatedAt: 0,
  };
}

/**
 * Whether an origin is on the allow-list: `*`, exact origins, and `*.domain.tld` for every host below
 * that domain.
 */
export function isOriginAllowed(list: string, separator: string, origin: string): boolean {
  const host = URL.canParse(origin) ? new URL(origin).hostname : "";
  return list
    .split(separator)
    .map((entry) => entry.trim())
    .some((entry) => entry === "*" || entry === origin || (entry.startsWith("*.") && host.endsWith(entry.slice(1))));
}

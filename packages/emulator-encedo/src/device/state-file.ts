/** The state file: everything of a device that outlives its process. */

import { KeyrailError } from "@keyrail/core";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

import { decodeBase64, encodeBase64 } from "../bytes.ts";
import { FLAGS, type KeyRecord } from "../keymgmt/key-record.ts";
import { isDeviceKeyType } from "../keymgmt/key-types.ts";
import { DeviceConfigSchema, type DeviceConfig } from "./config.ts";
import type { Device } from "./device.ts";

const bytes: z.ZodType<Uint8Array, unknown> = z.string().transform((text, context) => {
  const decoded = decodeBase64(text);
  if (decoded !== undefined) return decoded;
  context.addIssue({ code: "custom", message: "not base64" });
  return z.NEVER;
});

const type: z.ZodType<KeyRecord["type"], unknown> = z.string().transform((name, context) => {
  if (isDeviceKeyType(name) || name === "GENERIC_DER") return name;
  context.addIssue({ code: "custom", message: "not a key type" });
  return z.NEVER;
});

const RecordSchema = z.object({
  kid: z.string(),
  type,
  flags: z.array(z.enum(FLAGS)),
  label: z.string(),
  description: bytes,
  created: z.int(),
  updated: z.int(),
  publicKey: bytes.optional(),
  secretKey: bytes.optional(),
});

const StateSchema = z.object({
  version: z.literal(1),
  identity: z.object({ agreementKey: bytes, signingKey: bytes, serial: bytes }),
  /** What the emulator prints at its start; the device itself knows public keys only. */
  passphrases: z.object({ user: z.string(), master: z.string() }),
  config: DeviceConfigSchema,
  bootNumber: z.int(),
  keys: z.array(RecordSchema),
  tombstones: z.array(z.tuple([z.string(), z.int()])),
  logs: z.array(z.object({ id: z.string(), text: z.string() })),
});

/** State as read from a file. */
export interface StoredState {
  readonly identity: {
    readonly agreementKey: Uint8Array;
    readonly signingKey: Uint8Array;
    readonly serial: Uint8Array;
  };
  readonly passphrases: Passphrases;
  readonly config: DeviceConfig;
  readonly bootNumber: number;
  readonly keys: readonly KeyRecord[];
  readonly tombstones: readonly (readonly [string, number])[];
  readonly logs: readonly { readonly id: string; readonly text: string }[];
}

/** The passphrases of the two roles. */
export interface Passphrases {
  readonly user: string;
  readonly master: string;
}

/**
 * Reads a state file.
 *
 * @returns `undefined` when there is none. Throws `InvalidConfiguration` when it is not a state file.
 */
export function readState(file: string): StoredState | undefined {
  if (!existsSync(file)) return undefined;
  const parsed = StateSchema.safeParse(parseJson(readFileSync(file, "utf8")));
  if (!parsed.success) {
    throw new KeyrailError("InvalidConfiguration", `${file} is not a state file of the Encedo emulator, version 1.`, {
      path: file,
    });
  }
  const keys = parsed.data.keys.map(({ publicKey, secretKey, flags, ...record }) => ({
    ...record,
    flags: new Set(flags),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(secretKey === undefined ? {} : { secretKey }),
  }));
  return { ...parsed.data, keys };
}

/** Writes the state: a new file that only its owner reads, put in place of the old one in one step. One process at a time. */
export function writeState(file: string, device: Device, passphrases: Passphrases): void {
  const state: z.input<typeof StateSchema> = {
    version: 1,
    identity: {
      agreementKey: encodeBase64(device.identity.agreementKey),
      signingKey: encodeBase64(device.identity.signingKey),
      serial: encodeBase64(device.identity.serial),
    },
    passphrases: { ...passphrases },
    config: device.config,
    bootNumber: device.boot.number,
    keys: device.keys.records().map((record) => ({
      ...record,
      flags: [...record.flags],
      description: encodeBase64(record.description),
      publicKey: record.publicKey === undefined ? undefined : encodeBase64(record.publicKey),
      secretKey: record.secretKey === undefined ? undefined : encodeBase64(record.secretKey),
    })),
    tombstones: device.keys.tombstones().map(([kid, boot]) => [kid, boot]),
    logs: device.log.files().map((log) => ({ ...log })),
  };
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, JSON.stringify(state), { mode: 0o600, flush: true });
  renameSync(temporary, file);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a state file either; the caller says so with the file's name.
    return undefined;
  }
}

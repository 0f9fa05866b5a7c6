/** What the service is told: one JSON file, and variables for what differs from machine to machine. */

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { KeyrailConfiguration } from "@keyrail/configuration";
import { ASYMMETRIC_KEY_TYPES, isKeyrailError, KeyrailError } from "@keyrail/core";
import { z } from "zod";

const milliseconds = z.int().min(1).max(600_000);

const keySchema = z.strictObject({
  keyType: z.enum(ASYMMETRIC_KEY_TYPES),
  /** The key's name at the vendor. Default: the alias. */
  label: z.string().min(1).optional(),
});

const schema = z.strictObject({
  listen: z
    .strictObject({ host: z.string().min(1).default("127.0.0.1"), port: z.int().min(0).max(65_535).default(8080) })
    .default({ host: "127.0.0.1", port: 8080 }),
  /** File with the bearer token callers present. Without it the service answers on loopback alone. */
  tokenFile: z.string().min(1).optional(),
  /** How long a call may take, the vendor included. */
  requestTimeout: milliseconds.default(10_000),
  /** Longest request body, bytes. */
  bodyLimit: z.int().min(1024).max(16_777_216).default(65_536),
  /**
   * How long the service goes on serving after SIGTERM while its health says 503, so that callers are sent elsewhere:
   * longer than the pause between two health checks of whoever sends them.
   */
  shutdownDelay: z.int().min(0).max(600_000).default(1000),
  logLevel: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("info"),
  /** Keys the service sees to by itself, by alias: made at `keyrail.provider` when the alias is not there yet. */
  keys: z.record(z.string(), keySchema).default({}),
  /** Providers, registry, passphrases; see docs/container.md. */
  keyrail: z.record(z.string(), z.unknown()),
});

/** A key the service sees to. */
export type WantedKey = z.infer<typeof keySchema>;

/** The configuration, complete. */
export interface ServiceConfiguration extends Omit<z.infer<typeof schema>, "keyrail"> {
  /** Checked by `createKeyrailContainer`. */
  readonly keyrail: KeyrailConfiguration;
  /** Folder that relative paths start from. */
  readonly folder: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the file and puts what the environment says over it: `SIGNING_SERVICE_HOST`, `SIGNING_SERVICE_PORT`, and
 * `SIGNING_SERVICE_PROVIDER`, the URI or name of the provider that new keys are made at.
 *
 * @throws KeyrailError `InvalidConfiguration` that names the file and the member.
 */
export async function loadConfiguration(file: string, environment: Environment): Promise<ServiceConfiguration> {
  const path = resolve(file);
  const json = withEnvironment(await readJson(path), environment);
  return checkConfiguration(json, dirname(path), file);
}

/** @throws KeyrailError `InvalidConfiguration`. */
export function checkConfiguration(json: unknown, folder: string, source = "the configuration"): ServiceConfiguration {
  const result = schema.safeParse(json);
  if (result.success) return { ...result.data, folder };
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  throw invalid(`${source}${path === "" ? "" : `, at "${path}"`}: ${issue?.message ?? "not valid"}.`, path);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    if (isKeyrailError(cause)) throw cause;
    throw invalid(`${path} can't be read, or is not JSON.`, "", cause);
  }
}

function withEnvironment(json: unknown, environment: Environment): unknown {
  if (typeof json !== "object" || json === null) return json;
  const { SIGNING_SERVICE_HOST: host, SIGNING_SERVICE_PORT: port, SIGNING_SERVICE_PROVIDER: provider } = environment;
  const given: Record<string, unknown> = { ...json };
  put(given, "listen", {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
  });
  put(given, "keyrail", provider === undefined ? {} : { provider });
  return given;
}

/** Puts members over those of an object in the file; an object that is missing or wrong is for the check to find. */
function put(json: Record<string, unknown>, name: string, members: Readonly<Record<string, unknown>>): void {
  if (Object.keys(members).length === 0) return;
  const there = json[name] ?? {};
  if (typeof there === "object") json[name] = { ...there, ...members };
}

function invalid(message: string, path: string, cause?: unknown): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError("InvalidConfiguration", message, path === "" ? {} : { path }, { cause });
}

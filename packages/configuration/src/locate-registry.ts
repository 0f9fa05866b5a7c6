import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { wipe } from "@keyrail/core";
import type { KeyrailConfiguration } from "./configuration.ts";
import { readSecretFile } from "./secret-file.ts";

const DEFAULT_FILE = ".keyrail/registry.sqlite";

/**
 * Where the registry is: what the variable `KEYRAIL_REGISTRY` says, or the file that `KEYRAIL_REGISTRY_FILE` names, else
 * `registry` or `registryFile` of the configuration, else `.keyrail/registry.sqlite` in its folder; `.keyrail` is made
 * then. The command looks in the same places.
 *
 * @returns what `openRegistry` takes; it may hold a password.
 * @throws KeyrailError `InvalidConfiguration` when the file can't be read.
 */
export async function locateRegistry(
  configuration: KeyrailConfiguration,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { KEYRAIL_REGISTRY: variable = "", KEYRAIL_REGISTRY_FILE: fileVariable = "" } = environment;
  if (variable !== "") return located(variable, process.cwd());
  if (fileVariable !== "") return readUri(resolve(fileVariable), "KEYRAIL_REGISTRY_FILE", process.cwd());
  const { registry, registryFile } = configuration;
  if (registry !== undefined) return located(registry, folder);
  if (registryFile !== undefined) return readUri(resolve(folder, registryFile), "registryFile", folder);
  const usual = resolve(folder, DEFAULT_FILE);
  // Where that fails, opening the database says why, in better words.
  await mkdir(dirname(usual), { recursive: true }).catch(() => undefined);
  return usual;
}

async function readUri(file: string, path: string, folder: string): Promise<string> {
  const bytes = await readSecretFile(file, path);
  try {
    return located(Buffer.from(bytes).toString("utf8").trim(), folder);
  } finally {
    wipe(bytes);
  }
}

function located(uri: string, folder: string): string {
  if (uri === ":memory:" || /^[a-z][a-z0-9+.-]+:/i.test(uri)) {
    return uri.startsWith("sqlite:") ? resolve(folder, uri.slice("sqlite:".length)) : uri;
  }
  return resolve(folder, uri);
}

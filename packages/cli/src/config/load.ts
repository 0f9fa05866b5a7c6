/** Finds, reads and checks the configuration file. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { checkConfiguration, type KeyrailConfiguration, type NamedProvider } from "@keyrail/configuration";
import { KeyrailError } from "@keyrail/core";
import { fileError } from "../files/file-error.ts";
import { parseJsonFile } from "./json-file.ts";
import type { Configuration } from "./configuration.ts";

/** The names looked for in the working directory, in this order. */
export const CONFIG_FILES = [
  "keyrail.config.json",
  "keyrail.config.js",
  "keyrail.config.mjs",
  "keyrail.config.ts",
] as const;

/**
 * The configuration: of the file named by `--config` or `KEYRAIL_CONFIG`, else of a file of {@link CONFIG_FILES} in the
 * working directory (never in a folder above it: such a file is a program), else empty. TypeScript files run as the
 * runtime strips types: erasable syntax only.
 *
 * @throws KeyrailError `InvalidConfiguration` that names the file, for JSON the line, and the member;
 *   `InvalidRequest` when the named file can't be read.
 */
export async function loadConfiguration(named: string | undefined, cwd: string): Promise<Configuration> {
  const file = named === undefined ? findFile(cwd) : resolve(cwd, named);
  if (file === undefined) return { folder: cwd, providers: {} };
  const config = extname(file) === ".json" ? await readJson(file, named) : await runModule(file, named);
  return ready(config, dirname(file));
}

function findFile(cwd: string): string | undefined {
  return CONFIG_FILES.map((name) => resolve(cwd, name)).find((file) => existsSync(file));
}

function ready({ providers = {}, passphraseFile, ...rest }: KeyrailConfiguration, folder: string): Configuration {
  const named = Object.entries(providers).map(([name, given]): [string, NamedProvider] => {
    const each = typeof given === "string" ? { uri: given } : given;
    return [
      name,
      each.passphraseFile === undefined ? each : { ...each, passphraseFile: resolve(folder, each.passphraseFile) },
    ];
  });
  return {
    ...rest,
    folder,
    providers: Object.fromEntries(named),
    ...(passphraseFile === undefined ? {} : { passphraseFile: resolve(folder, passphraseFile) }),
  };
}

async function readJson(file: string, named: string | undefined): Promise<KeyrailConfiguration> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw fileError(error, named ?? basename(file), "--config");
  });
  const json = parseJsonFile(text);
  if ("problem" in json) throw invalid(file, json.line, `not JSON: ${json.problem}`, []);
  return check(json.value, file, (path) => json.lineOf(path));
}

async function runModule(file: string, named: string | undefined): Promise<KeyrailConfiguration> {
  if (!existsSync(file))
    throw fileError(Object.assign(new Error("no file"), { code: "ENOENT" }), named ?? file, "--config");
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : "it threw something that is no error";
    throw new KeyrailError("InvalidConfiguration", `${basename(file)} can't be run: ${reason}`, {}, { cause });
  }
  if (typeof module !== "object" || module === null || !("default" in module)) {
    throw new KeyrailError("InvalidConfiguration", `${basename(file)} has no default export.`, { path: "default" });
  }
  return check(module.default, file, () => undefined);
}

function check(
  value: unknown,
  file: string,
  lineOf: (path: readonly PropertyKey[]) => number | undefined,
): KeyrailConfiguration {
  const checked = checkConfiguration(value);
  if (checked.valid) return checked.configuration;
  const { problem } = checked;
  throw invalid(file, lineOf(problem.path), problem.message, problem.path);
}

function invalid(file: string, line: number | undefined, problem: string, path: readonly PropertyKey[]): KeyrailError {
  const where = line === undefined ? basename(file) : `${basename(file)}:${line}`;
  const member = path.length === 0 ? "" : `"${path.map(String).join(".")}": `;
  return new KeyrailError("InvalidConfiguration", `${where}: ${member}${problem.replace(/\.$/, "")}.`, {
    ...(path.length === 0 ? {} : { path: path.map(String).join(".") }),
    ...(line === undefined ? {} : { line }),
  });
}

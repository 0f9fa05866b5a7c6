/** Where the command keeps aliases and migration runs: from options, environment and configuration file to a database. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isKeyrailError, KeyrailError, wipe } from "@keyrail/core";
import { readSecretFile } from "../files/read-secret.ts";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { sqliteContent } from "./sqlite-file.ts";

/** The two databases of the command. */
export type DatabaseName = "registry" | "journal";

interface DatabaseFacts {
  /** The prefix of its tables. */
  readonly component: string;
  /** What it is, after "the". */
  readonly what: string;
  readonly variable: string;
  readonly fileVariable: string;
  /** SQLite file below the configuration file's folder, or the working directory. */
  readonly defaultFile: string;
  /** What makes one. */
  readonly maker: string;
}

/** What tells them apart. */
const DATABASES: Readonly<Record<DatabaseName, DatabaseFacts>> = {
  registry: {
    component: "registry",
    what: "registry of aliases",
    variable: "KEYRAIL_REGISTRY",
    fileVariable: "KEYRAIL_REGISTRY_FILE",
    defaultFile: ".keyrail/registry.sqlite",
    maker: "`keyrail adopt` and `keyrail alias set` make one",
  },
  journal: {
    component: "migration",
    what: "journal of migrations",
    variable: "KEYRAIL_JOURNAL",
    fileVariable: "KEYRAIL_JOURNAL_FILE",
    defaultFile: ".keyrail/journal.sqlite",
    maker: "`keyrail migrate apply` makes one",
  },
};

/** What `--help` says of the option that names one. */
export function databaseOptionText(name: DatabaseName): string {
  const { what, variable, defaultFile } = DATABASES[name];
  return `${what}: an SQLite file or postgres://USER@HOST/DATABASE (default: ${variable}, or ${defaultFile})`;
}

/** A database that was found but not opened. */
export interface FoundDatabase {
  /** As `openDatabase` takes it. It may hold a password: never print it. */
  readonly uri: string;
  /** For people. */
  readonly location: string;
}

interface Wanted {
  /** `--registry`, `--journal`. */
  readonly option?: string | undefined;
  /** Whether one that is not there is made. */
  readonly create: boolean;
}

/**
 * Finds a database: the option, the environment variable, the file that the other variable names, the configuration
 * file, else an SQLite file in `.keyrail` beside the configuration file. An SQLite file that is not there is an error
 * unless `create`.
 *
 * @throws KeyrailError `InvalidRequest` for a password on the command line; `InvalidConfiguration`; `StoreUnavailable`
 *   when there is no such database.
 */
export async function findDatabase(
  name: DatabaseName,
  { option, create }: Wanted,
  session: Session,
): Promise<FoundDatabase> {
  return found(name, await chosen(name, option, session), create);
}

/** As {@link findDatabase}, but `undefined` when nobody named a database and there is none in the usual place. */
export async function findDatabaseIfAny(
  name: DatabaseName,
  option: string | undefined,
  session: Session,
): Promise<FoundDatabase | undefined> {
  const choice = await chosen(name, option, session);
  if (choice.isDefault === true && !existsSync(resolve(choice.folder, choice.uri))) return undefined;
  return found(name, choice, false);
}

/** As {@link findDatabase}, but `undefined` for an SQLite file that is not there or holds none yet. */
export async function findExistingDatabase(
  name: DatabaseName,
  option: string | undefined,
  session: Session,
): Promise<FoundDatabase | undefined> {
  const choice = await chosen(name, option, session);
  const { kind, location } = await locate(choice.uri, choice.folder, choice.path);
  if (kind === "sqlite" && !existsSync(location)) return undefined;
  if (kind === "sqlite" && sqliteContent(location, DATABASES[name].component) === "nothing") return undefined;
  return found(name, choice, false);
}

async function found(name: DatabaseName, { uri, folder, path }: Chosen, create: boolean): Promise<FoundDatabase> {
  const { kind, location } = await locate(uri, folder, path);
  if (kind === "postgresql") return { uri, location };
  if (!existsSync(location)) {
    if (!create) throw missing(name, location, "does not exist");
    await makeFolder(location);
  } else {
    const content = sqliteContent(location, DATABASES[name].component);
    if (content === "foreign") throw foreign(name, location);
    if (content === "nothing" && !create) throw missing(name, location, "holds none");
  }
  return { uri: `sqlite:${location}`, location };
}

interface Chosen {
  readonly uri: string;
  /** Folder a relative path starts from. */
  readonly folder: string;
  /** Where it was said, for errors. */
  readonly path: string;
  /** Nobody said it. */
  readonly isDefault?: true;
}

async function chosen(name: DatabaseName, option: string | undefined, session: Session): Promise<Chosen> {
  const { variable, fileVariable, defaultFile } = DATABASES[name];
  if (option !== undefined) {
    refusePassword(option, name);
    return { uri: option, folder: session.cwd, path: `--${name}` };
  }
  const uri = session.env[variable];
  if (uri !== undefined && uri !== "") return { uri, folder: session.cwd, path: variable };
  const file = session.env[fileVariable];
  if (file !== undefined && file !== "") {
    return { uri: await uriIn(file, fileVariable, session.cwd, session), folder: session.cwd, path: fileVariable };
  }
  const configuration = await session.configuration();
  const { folder, [name]: configured, [`${name}File` as const]: configuredFile } = configuration;
  if (configured !== undefined) return { uri: configured, folder, path: name };
  if (configuredFile !== undefined) {
    return { uri: await uriIn(configuredFile, `${name}File`, folder, session), folder, path: `${name}File` };
  }
  return { uri: defaultFile, folder, path: name, isDefault: true };
}

/** Arguments are visible to every user of the machine. */
function refusePassword(uri: string, name: DatabaseName): void {
  const parsed = /^postgres(?:ql)?:/i.test(uri) ? URL.parse(uri) : null;
  if (parsed === null || (parsed.password === "" && !parsed.searchParams.has("password"))) return;
  const { variable, fileVariable } = DATABASES[name];
  throw usageError(
    `A password in --${name} can be seen by everyone on this machine: leave it out and use PGPASSWORD or ~/.pgpass, or give the whole URI in ${variable} or in the file that ${fileVariable} names.`,
    `--${name}`,
  );
}

async function uriIn(file: string, path: string, folder: string, session: Session): Promise<string> {
  const bytes = await readSecretFile({ file, path, folder }, session);
  try {
    return new TextDecoder().decode(bytes).trim();
  } finally {
    wipe(bytes);
  }
}

async function locate(
  uri: string,
  folder: string,
  path: string,
): Promise<{ readonly kind: "sqlite" | "postgresql"; readonly location: string }> {
  const { databaseLocation } = await import("@keyrail/database");
  try {
    const { kind, location } = databaseLocation(uri);
    if (kind === "postgresql") return { kind, location };
    if (location === ":memory:") {
      throw usageError("A database in memory would be gone when the command ends: name a file.", path);
    }
    return { kind, location: resolve(folder, uri.replace(/^sqlite:/i, "")) };
  } catch (error) {
    if (!isKeyrailError(error, "InvalidConfiguration")) throw error;
    // The same sentence, about what the user wrote.
    throw new KeyrailError("InvalidConfiguration", error.message, { path }, { cause: error });
  }
}

function missing(name: DatabaseName, location: string, state: string): KeyrailError<"StoreUnavailable"> {
  const { what, variable, maker } = DATABASES[name];
  return new KeyrailError(
    "StoreUnavailable",
    `There is no ${what} at ${location}: ${maker}; --${name} or ${variable} names another.`,
    { store: location, reason: `it ${state}` },
  );
}

function foreign(name: DatabaseName, location: string): KeyrailError<"StoreUnavailable"> {
  return new KeyrailError(
    "StoreUnavailable",
    `${location} is another program's SQLite file or a key store, not a ${DATABASES[name].what}.`,
    { store: location, reason: "it holds something else" },
  );
}

async function makeFolder(location: string): Promise<void> {
  try {
    await mkdir(dirname(location), { recursive: true, mode: 0o700 });
  } catch (error) {
    // What the system calls the reason is no help: a read-only disk is "no entry" to it here.
    const reason = "its folder can't be made; is the disk read-only, and may you write there?";
    const text = `The database ${location} can't be used: ${reason}`;
    throw new KeyrailError("StoreUnavailable", text, { store: location, reason }, { cause: error });
  }
}

/** What the other commands need to reach an emulator, as files: a shell script to read, and the secrets it points at. */

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileError } from "../../files/file-error.ts";
import { writeOutputFile } from "../../files/write-file.ts";
import type { Session } from "../../runtime/session.ts";

/** What goes into the folder. */
export interface EnvironmentFolder {
  /** Secrets and certificates: file name and content. */
  readonly files: Readonly<Record<string, string>>;
  /** Variables whose value is a file of `files`, given by its name. */
  readonly fileVariables: Readonly<Record<string, string>>;
  /** Variables with a value of their own. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Writes the files, readable by this user alone, and last `env`, which sets the variables when a shell reads it
 * (`. FOLDER/env`): once it is there, the rest is.
 * @throws KeyrailError `InvalidRequest` with one sentence about the folder or file.
 */
export async function writeEnvironmentFolder(
  folder: string,
  { files, fileVariables, variables }: EnvironmentFolder,
  session: Session,
): Promise<void> {
  const place = resolve(session.cwd, folder);
  try {
    await mkdir(place, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(error, folder, "--env");
  }
  const all = {
    ...variables,
    ...Object.fromEntries(Object.entries(fileVariables).map(([name, file]) => [name, join(place, file)])),
  };
  const lines = Object.entries(all).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  for (const [name, content] of [...Object.entries(files), ["env", lines.join("")] as const]) {
    await writeOutputFile({ file: join(place, name), path: "--env", secret: true, overwrite: true }, content, session);
  }
}

/** A word of a POSIX shell. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

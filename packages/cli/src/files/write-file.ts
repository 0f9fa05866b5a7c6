/** Writing the files that options name. */

import { open, rename, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { fileError } from "./file-error.ts";
import { STANDARD_STREAM } from "./read-file.ts";

/**
 * Refuses to write a result in place of what it is made of.
 * @throws KeyrailError `InvalidRequest`.
 */
export function requireOtherFile(input: string, output: string | undefined, session: Session): void {
  if (output === undefined || output === STANDARD_STREAM || input === STANDARD_STREAM) return;
  if (resolve(session.cwd, input) !== resolve(session.cwd, output)) return;
  throw usageError(`--out names the input ${input}, which it would replace; name another file.`, "--out");
}

/** Which file to write. */
export interface OutputFile {
  readonly file: string;
  /** The option it was given as, for errors. */
  readonly path: string;
  /** Readable by this user only, and never in place of a file or a device that exists unless `overwrite`. */
  readonly secret?: boolean;
  /** Whether it may replace a file. Default: unless it is secret. */
  readonly overwrite?: boolean;
}

/**
 * Writes a file whole or not at all. A secret one has mode 0600 from its first byte.
 * @throws KeyrailError `InvalidRequest` with one sentence about the file.
 */
export async function writeOutputFile(
  { file, path, secret = false, overwrite = !secret }: OutputFile,
  content: Uint8Array | string,
  session: Session,
): Promise<void> {
  const target = resolve(session.cwd, file);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.new`);
  try {
    const special = await isSpecialFile(target);
    if (!overwrite && !(special && !secret) && (await exists(target))) {
      throw usageError(`${file} exists already; --force replaces it.`, path);
    }
    if (special) {
      // A pipe or a device, such as /dev/stdout, is written to and not replaced.
      await using handle = await open(target, "w");
      await handle.writeFile(content);
      return;
    }
    {
      await using handle = await open(temporary, "wx", secret ? 0o600 : 0o666);
      await handle.writeFile(content);
      await handle.sync();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    if (isMissing(error))
      throw usageError(`${file} can't be written: there is no folder ${dirname(file)}.`, path, error);
    throw fileError(error, file, path);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function exists(file: string): Promise<boolean> {
  return (await statOf(file)) !== undefined;
}

async function isSpecialFile(file: string): Promise<boolean> {
  const stats = await statOf(file);
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

async function statOf(file: string): Promise<import("node:fs").Stats | undefined> {
  const { stat } = await import("node:fs/promises");
  return stat(file).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

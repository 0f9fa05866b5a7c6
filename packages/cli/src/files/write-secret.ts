/** Secrets that leave a provider: into a file of this user alone, or into a pipe, never onto a terminal. */

import type { CommandResult } from "../runtime/result.ts";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { STANDARD_STREAM } from "./read-file.ts";
import { writeOutputFile } from "./write-file.ts";

/** Where a secret goes. */
export interface SecretOutput {
  /** `--out`; "-" is standard output. */
  readonly out: string;
  readonly force: boolean;
}

/**
 * Checks, before the secret exists, that there is a place for it.
 * @throws KeyrailError `InvalidRequest`.
 */
export function secretOutput(
  { out, force }: { readonly out?: string | undefined; readonly force?: true | undefined },
  session: Session,
): SecretOutput {
  if (out === undefined) throw usageError('Name the file for the secret with --out; "-" is standard output.', "--out");
  if (out === STANDARD_STREAM && process.stdout.isTTY) {
    throw usageError("A secret is not shown on a terminal: name a file with --out, or use a pipe.", "--out");
  }
  if (out === STANDARD_STREAM && session.json) {
    throw usageError("With --json standard output holds the JSON document; name a file with --out.", "--out");
  }
  return { out, force: force === true };
}

/** Writes it: mode 0600, and an existing file only with `--force`. A copy of the bytes is kept for standard output. */
export async function writeSecret(
  { out, force }: SecretOutput,
  secret: Uint8Array | string,
  result: { readonly document: Readonly<Record<string, unknown>>; readonly what: string },
  session: Session,
): Promise<CommandResult> {
  if (out === STANDARD_STREAM) {
    return { document: result.document, text: typeof secret === "string" ? secret : new Uint8Array(secret) };
  }
  await writeOutputFile({ file: out, path: "--out", secret: true, overwrite: force }, secret, session);
  return {
    document: { ...result.document, file: out },
    text: `Wrote ${result.what} to ${out}, readable by you alone.`,
  };
}

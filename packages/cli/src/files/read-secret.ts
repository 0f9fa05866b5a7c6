/** Secrets of the user: out of a file. Never out of an argument. */

import { wipe } from "@keyrail/core";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { type InputFile, readInputFile } from "./read-file.ts";

const MAXIMUM_SECRET_BYTES = 65_536;
const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];

/**
 * A password or passphrase out of a file: the file's bytes without one line break at the end. The caller wipes them.
 * @throws KeyrailError `InvalidRequest` when the file can't be read or has nothing in it.
 */
export async function readSecretFile(input: InputFile, session: Session): Promise<Uint8Array> {
  const bytes = await readInputFile({ ...input, secret: true, maximumBytes: MAXIMUM_SECRET_BYTES }, session);
  try {
    let end = bytes.length;
    if (bytes[end - 1] === LINE_FEED) end--;
    if (end < bytes.length && bytes[end - 1] === CARRIAGE_RETURN) end--;
    if (end === 0) throw usageError(`${input.file} is empty: it must hold the secret.`, input.path);
    return bytes.slice(0, end);
  } finally {
    wipe(bytes);
  }
}

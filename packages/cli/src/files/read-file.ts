/** Reading the files that arguments and options name. */

import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { addAbortSignal } from "node:stream";
import { KeyrailError, wipe } from "@keyrail/core";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { fileError, isFolderError } from "./file-error.ts";

/** The name of standard input and output among files. */
export const STANDARD_STREAM = "-";

/** Which file to read, and for what. */
export interface InputFile {
  readonly file: string;
  /** The argument or option it was given as, for errors. */
  readonly path: string;
  /** A longer file is refused, bytes. */
  readonly maximumBytes?: number;
  /** Warn when others can read the file. */
  readonly secret?: boolean;
  /** Folder a relative path starts from; default: that of the session. */
  readonly folder?: string;
}

const OTHERS = 0o077;
const DEFAULT_MAXIMUM_BYTES = 2 ** 31 - 1;

/**
 * The content of a file, or of standard input for `-`.
 * @throws KeyrailError `InvalidRequest` with one sentence about the file.
 */
export async function readInputFile(
  { file, path, maximumBytes = DEFAULT_MAXIMUM_BYTES, secret = false, folder }: InputFile,
  session: Session,
): Promise<Uint8Array> {
  if (file === STANDARD_STREAM) return readStandardInput(path, maximumBytes, session.signal);
  try {
    await using handle = await open(resolve(folder ?? session.cwd, file), "r");
    const stats = await handle.stat();
    if (stats.isDirectory()) throw isFolderError(file, path);
    if (secret && stats.isFile() && (stats.mode & OTHERS) !== 0) {
      session.warn(`${file} holds a secret and other users can read it; "chmod 600 ${file}" stops that.`);
    }
    return await readChunks(handle.createReadStream({ autoClose: false }), file, path, maximumBytes);
  } catch (error) {
    throw fileError(error, file, path);
  }
}

async function readStandardInput(path: string, maximumBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await readChunks(addAbortSignal(signal, process.stdin), "standard input", path, maximumBytes);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new KeyrailError(
      "Aborted",
      "Interrupted while standard input was read; nothing was done.",
      {},
      { cause: error },
    );
  }
}

async function readChunks(
  stream: AsyncIterable<unknown>,
  name: string,
  path: string,
  maximumBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("A byte stream gives bytes.");
      chunks.push(chunk);
      length += chunk.length;
      if (length > maximumBytes) throw usageError(`${name} has more than ${maximumBytes} bytes.`, path);
    }
    return new Uint8Array(Buffer.concat(chunks));
  } finally {
    wipe(...chunks);
  }
}

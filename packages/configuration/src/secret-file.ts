import { open } from "node:fs/promises";
import { KeyrailError, wipe } from "@keyrail/core";

const MAXIMUM_BYTES = 65_536;
const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];

/**
 * A secret out of a file: its bytes without one line break at the end. The caller wipes them.
 * @param path the member or variable that names the file, for errors.
 * @throws KeyrailError `InvalidConfiguration` when the file can't be read, is empty or has more than 64 KiB.
 */
export async function readSecretFile(file: string, path: string): Promise<Uint8Array> {
  const buffer = new Uint8Array(MAXIMUM_BYTES + 1);
  try {
    let length = await fill(buffer, file, path);
    if (buffer[length - 1] === LINE_FEED) length -= buffer[length - 2] === CARRIAGE_RETURN ? 2 : 1;
    if (length <= 0) throw invalid(path, `${file} is empty: it must hold the secret.`);
    if (length > MAXIMUM_BYTES)
      throw invalid(path, `${file} has more than ${MAXIMUM_BYTES} bytes: it holds no secret.`);
    return buffer.slice(0, length);
  } finally {
    wipe(buffer);
  }
}

async function fill(buffer: Uint8Array, file: string, path: string): Promise<number> {
  try {
    await using handle = await open(file, "r");
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) return length;
    }
  } catch (cause) {
    throw invalid(path, `${file}, which should hold a secret, can't be read.`, cause);
  }
}

function invalid(path: string, message: string, cause?: unknown): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError("InvalidConfiguration", message, { path }, { cause });
}

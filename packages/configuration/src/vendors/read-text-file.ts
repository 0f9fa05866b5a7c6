import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KeyrailError } from "@keyrail/core";

/**
 * A text file that an option names.
 * @param holds what is in it, for the error.
 * @throws KeyrailError `InvalidConfiguration`.
 */
export async function readTextFile(folder: string, file: string, option: string, holds: string): Promise<string> {
  try {
    return await readFile(resolve(folder, file), "utf8");
  } catch (cause) {
    throw new KeyrailError(
      "InvalidConfiguration",
      `${file}, which should hold ${holds}, can't be read.`,
      { path: option },
      { cause },
    );
  }
}

/** Options of both emulators. */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";

/** `--env` */
export function environmentOption(): Option<"--env <folder>"> {
  return new Option(
    "--env <folder>",
    "write what the other commands need into a folder: `. FOLDER/env` in a shell sets it",
  );
}

/** Reads a port. */
export function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError("It is a port, 0 to 65535.");
  return value;
}

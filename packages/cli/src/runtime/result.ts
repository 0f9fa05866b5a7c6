/** What a command gives back, and how it is printed. */

import { once } from "node:events";
import type { ExitCode } from "./exit-codes.ts";
import type { Session } from "./session.ts";

/** A result: the same facts for programs and for people. */
export interface CommandResult {
  /** Printed with `--json`, as one document; nothing is printed when it is undefined. */
  readonly document: unknown;
  /** Printed without it; a line break is added. Bytes are written as they are. */
  readonly text: string | Uint8Array;
  readonly exitCode?: ExitCode;
}

/** A result that comes piece by piece, so that memory stays flat: a JSON array, or one line each. */
export interface CommandItems {
  readonly items: AsyncIterable<{ readonly document: unknown; readonly text: string }>;
  /** Said to people when there is none. */
  readonly none: string;
}

/** Prints a result on standard output and gives the exit code. */
export async function printResult(result: CommandResult | CommandItems, session: Session): Promise<ExitCode> {
  if ("items" in result) {
    await printItems(result, session.json);
    return 0;
  }
  // A command that has printed its own lines has no document left.
  if (session.json && result.document === undefined) return result.exitCode ?? 0;
  if (session.json) await write(`${JSON.stringify(result.document, undefined, 2)}\n`);
  else if (typeof result.text !== "string") await write(result.text);
  else if (result.text !== "") await write(result.text.endsWith("\n") ? result.text : `${result.text}\n`);
  return result.exitCode ?? 0;
}

async function printItems({ items, none }: CommandItems, json: boolean): Promise<void> {
  let count = 0;
  if (json) await write("[");
  try {
    for await (const { document, text } of items) {
      await write(json ? `${count === 0 ? "" : ","}\n  ${JSON.stringify(document)}` : `${text}\n`);
      count++;
    }
  } finally {
    // The array is closed after a failure too: what was printed stays a JSON document.
    if (json) await write(count === 0 ? "]\n" : "\n]\n");
  }
  if (!json && count === 0) process.stderr.write(`${none}\n`);
}

async function write(chunk: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
}

/** An emulator in a process of its own, so that its CPU time is not ours. */

import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import type { z } from "zod";

/** Starts a script of this folder and waits for its line of JSON; it ends when its input does. */
export async function startProcess<Ready extends object>(
  script: string,
  schema: z.ZodType<Ready>,
): Promise<Ready & AsyncDisposable> {
  const file = path.resolve(import.meta.dirname, script);
  const child = spawn(
    process.execPath,
    // A larger young generation: the emulator keeps what it makes, and copying it twice is no part of the measurement.
    ["--max-semi-space-size=64", "--conditions=keyrail-source", "--disable-warning=ExperimentalWarning", file],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const lines = createInterface({ input: child.stdout });
  const first = await lines[Symbol.asyncIterator]().next();
  return {
    ...schema.parse(JSON.parse(String(first.value))),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
    },
  };
}

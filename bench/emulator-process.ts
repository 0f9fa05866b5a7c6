/** An emulator in a process of its own, so that its work does not count as the client's. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { z } from "zod";

/** A running emulator; disposing of it ends its process. */
export interface EmulatorProcess<Ready> extends AsyncDisposable {
  /** The line it printed when it was ready. */
  readonly ready: Ready;
}

/** Starts the file and waits for its line. */
export async function startEmulatorProcess<Ready>(
  file: string,
  schema: z.ZodType<Ready>,
): Promise<EmulatorProcess<Ready>> {
  const parameters = ["--conditions=keyrail-source", "--disable-warning=ExperimentalWarning", file];
  const child = spawn(process.execPath, parameters, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const first = await lines[Symbol.asyncIterator]().next();
  return {
    ready: schema.parse(JSON.parse(String(first.value))),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
    },
  };
}

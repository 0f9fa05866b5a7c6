/** Runs the pinned package manager. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { root, run, type RunOptions, type RunResult } from "./process.ts";

const pinned = z.object({ config: z.object({ pnpm: z.string() }) });

/** Runs pnpm, in the version package.json pins. */
export function pnpm(args: readonly string[], options?: RunOptions): Promise<RunResult> {
  const { config } = pinned.parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));
  return run("npx", ["-y", `pnpm@${config.pnpm}`, ...args], options);
}

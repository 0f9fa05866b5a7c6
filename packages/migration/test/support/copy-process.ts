/** The parts of a copy as processes of their own, so that what they take is theirs alone. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { CopyMeasure } from "./copy.ts";

const SCRIPT = resolve(import.meta.dirname, "../campaigns/copy.ts");
/**
 * Half of what is made for a key is thrown away at once, so that a small young generation is enough: it takes 50 MB less
 * than the default, and less time.
 */
const MEMORY = "--max-semi-space-size=8";
/** What strips types is no part of a copy: what a process has stripped is kept for those that are measured after it. */
const ENVIRONMENT = { NODE_COMPILE_CACHE: join(tmpdir(), "keyrail-copy-compiled"), ...process.env };

export const copyMeasureSchema: z.ZodType<CopyMeasure> = z.object({
  keys: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakMegabytes: z.number(),
});

/** Copies so many keys by the executor, by a plain loop over the ports, or without ports. */
export async function measureCopy(way: "apply" | "straight" | "primitives", size: number): Promise<CopyMeasure> {
  return inFolder(async (folder) => {
    await inChild(way === "primitives" ? "fillPrimitives" : "fill", folder, size);
    if (way === "apply") await inChild("load", folder, size);
    return copyMeasureSchema.parse(await inChild(way, folder, size));
  });
}

/** Works in a folder that is gone afterwards. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "keyrail-copy-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One step of the campaign; gives what it printed. */
export async function inChild(step: string, folder: string, size: number): Promise<unknown> {
  const options = ["--step", step, "--folder", folder, "--count", String(size)];
  const parameters = [MEMORY, "--conditions=keyrail-source", "--no-warnings", SCRIPT, ...options];
  const child = spawn(process.execPath, parameters, { env: ENVIRONMENT, stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const output = await text(child.stdout);
  const [code]: unknown[] = await exit;
  if (code !== 0) throw new Error(`The step "${step}" failed.`);
  return JSON.parse(output);
}

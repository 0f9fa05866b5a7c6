/**
 * Copies a software store into another by the executor, all keys with their private half; each part in a process of its
 * own, so that its memory is its own. Prints lines of Markdown for docs/campaigns.md.
 *
 *     npm run campaign -- migration-copy --count 1000000
 *
 * Copies a tenth of the keys first, to show that time is linear and memory flat. `--compare 20000 --rounds 5` copies so many
 * keys by the executor, by a plain loop over the same ports, and by one over `node:crypto` and `node:sqlite` alone, in turns.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";
import { applyCopy, fillSource, loadCopy, primitiveCopy, resumeCopy, straightCopy } from "../support/copy.ts";
import { fillPrimitives } from "../support/primitive-copy.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    compare: { type: "string" },
    rounds: { type: "string", default: "5" },
    step: { type: "string" },
    folder: { type: "string", default: "" },
  },
});
const count = Number(values.count);
const measureSchema = z.object({
  keys: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakMegabytes: z.number(),
});
/** The ways to copy that the executor is measured against, and what each is called. */
const OTHERS = { straight: "a plain loop over the ports", primitives: "one without ports" } as const;
type Measure = z.infer<typeof measureSchema>;
const resumeSchema = z.object({ seconds: z.number(), scanSeconds: z.number() });

/**
 * Half of what is made for a key is thrown away at once, so that a small young generation is enough: it takes 50 MB less
 * than the default, and less time.
 */
const MEMORY = "--max-semi-space-size=8";
/** What strips types is no part of a copy: what a process has stripped is kept for those that are measured after it. */
const ENVIRONMENT = { NODE_COMPILE_CACHE: join(tmpdir(), "keyrail-copy-compiled"), ...process.env };

const STEPS: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  fill: (folder) => fillSource(folder, count),
  load: loadCopy,
  apply: applyCopy,
  resume: resumeCopy,
  straight: straightCopy,
  fillPrimitives: async (folder) => fillPrimitives(folder, count),
  primitives: primitiveCopy,
};

if (values.step !== undefined) {
  process.stdout.write(JSON.stringify((await STEPS[values.step]?.(values.folder)) ?? null));
} else if (values.compare === undefined) await grow();
else await compare(Number(values.compare), Number(values.rounds));

async function grow(): Promise<void> {
  write(
    "| Date | Node.js | Keys | Seconds | Of these on a processor | Keys/s | Peak memory | Resumed in | All rows read in |",
  );
  write("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const size of [Math.max(1, Math.round(count / 10)), count]) {
    await inFolder(async (folder) => {
      await inChild("fill", folder, size);
      await inChild("load", folder, size);
      const { keys, seconds, cpuSeconds, peakMegabytes } = measureSchema.parse(await inChild("apply", folder, size));
      const resumed = resumeSchema.parse(await inChild("resume", folder, size));
      const cells = [
        new Date().toISOString().slice(0, 10),
        process.version,
        keys,
        seconds.toFixed(1),
        cpuSeconds.toFixed(1),
        Math.round(keys / seconds),
        `${peakMegabytes.toFixed(0)} MB`,
        `${resumed.seconds.toFixed(2)} s`,
        `${resumed.scanSeconds.toFixed(1)} s`,
      ];
      write(`| ${cells.join(" | ")} |`);
    });
  }
}

async function compare(size: number, rounds: number): Promise<void> {
  const measures: Record<"apply" | keyof typeof OTHERS, Measure[]> = { apply: [], straight: [], primitives: [] };
  for (let round = 1; round <= rounds; round++) {
    const words: string[] = [];
    for (const way of ["apply", "straight", "primitives"] as const) {
      const measure = await measureOf(way, size);
      measures[way].push(measure);
      words.push(`${way === "apply" ? "executor" : OTHERS[way]} ${rateOf(measure)}`);
    }
    write(`round ${round}: ${words.join(", ")}`);
  }
  write(`${size} keys, medians of ${rounds} rounds:`);
  for (const way of ["straight", "primitives"] as const) {
    write(`- ${ratiosTo(measures[way], measures.apply)} ${OTHERS[way]}`);
  }
}

/** How many times as fast the executor is as another way, by the clock and by time on a processor. */
function ratiosTo(others: readonly Measure[], ours: readonly Measure[]): string {
  const ratioOf = (figure: "seconds" | "cpuSeconds"): string =>
    median(ours.map((one, round) => (others[round]?.[figure] ?? Number.NaN) / one[figure])).toFixed(2);
  return `${ratioOf("seconds")}x, by time on a processor ${ratioOf("cpuSeconds")}x`;
}

async function measureOf(way: "apply" | "straight" | "primitives", size: number): Promise<Measure> {
  return inFolder(async (folder) => {
    await inChild(way === "primitives" ? "fillPrimitives" : "fill", folder, size);
    if (way === "apply") await inChild("load", folder, size);
    return measureSchema.parse(await inChild(way, folder, size));
  });
}

function rateOf({ keys, seconds, cpuSeconds }: Measure): string {
  return `${(keys / seconds).toFixed(0)}/s (${(keys / cpuSeconds).toFixed(0)} per second on a processor)`;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "keyrail-copy-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inChild(step: string, folder: string, size: number): Promise<unknown> {
  const options = ["--step", step, "--folder", folder, "--count", String(size)];
  const parameters = [MEMORY, "--conditions=keyrail-source", "--no-warnings", import.meta.filename, ...options];
  const child = spawn(process.execPath, parameters, { env: ENVIRONMENT, stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const output = await text(child.stdout);
  const [code]: unknown[] = await exit;
  if (code !== 0) throw new Error(`The step "${step}" failed.`);
  return JSON.parse(output);
}

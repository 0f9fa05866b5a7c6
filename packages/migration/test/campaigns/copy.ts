/**
 * Copies a software store into another by the executor, all keys with their private half; each part in a process of its
 * own, so that its memory is its own. Prints lines of Markdown for docs/campaigns.md.
 *
 *     npm run campaign -- migration-copy --count 1000000
 *
 * Copies a tenth of the keys first, to show that time is linear and memory flat. `--compare 20000 --rounds 5` copies so many
 * keys by the executor and by a plain loop over the same ports, in turns.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";
import { applyCopy, fillSource, loadCopy, resumeCopy, straightCopy } from "../support/copy.ts";

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
const resumeSchema = z.object({ seconds: z.number(), scanSeconds: z.number() });

const STEPS: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  fill: (folder) => fillSource(folder, count),
  load: loadCopy,
  apply: applyCopy,
  resume: resumeCopy,
  straight: straightCopy,
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
  const ratios: { readonly wall: number; readonly cpu: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const plain = await measureOf("straight", size);
    const ours = await measureOf("apply", size);
    ratios.push({ wall: plain.seconds / ours.seconds, cpu: plain.cpuSeconds / ours.cpuSeconds });
    write(`round ${round + 1}: executor ${rateOf(ours)}, plain loop ${rateOf(plain)}`);
  }
  const wall = median(ratios.map((ratio) => ratio.wall)).toFixed(2);
  const cpu = median(ratios.map((ratio) => ratio.cpu)).toFixed(2);
  write(`${size} keys, median of ${rounds} rounds: ${wall}x the plain loop, ${cpu}x by time on a processor`);
}

async function measureOf(way: "apply" | "straight", size: number): Promise<z.infer<typeof measureSchema>> {
  return inFolder(async (folder) => {
    await inChild("fill", folder, size);
    if (way === "apply") await inChild("load", folder, size);
    return measureSchema.parse(await inChild(way, folder, size));
  });
}

function rateOf({ keys, seconds, cpuSeconds }: z.infer<typeof measureSchema>): string {
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
  const parameters = ["--conditions=keyrail-source", "--no-warnings", import.meta.filename, ...options];
  const child = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const output = await text(child.stdout);
  const [code]: unknown[] = await exit;
  if (code !== 0) throw new Error(`The step "${step}" failed.`);
  return JSON.parse(output);
}

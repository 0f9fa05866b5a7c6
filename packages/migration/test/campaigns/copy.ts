/**
 * Copies a software store into another by the executor, all keys with their private half; each part in a process of its
 * own, so that its memory is its own. Prints lines of Markdown for docs/campaigns.md.
 *
 *     npm run campaign -- migration-copy --count 1000000
 *
 * Copies a tenth of the keys first, to show that time is linear and memory flat. `--compare 20000 --rounds 5` copies so many
 * keys by the executor, by a plain loop over the same ports, and by one over `node:crypto` and `node:sqlite` alone, in
 * turns; `--json` prints the ratios as one line.
 */

import { parseArgs } from "node:util";
import { z } from "zod";
import {
  applyCopy,
  type CopyMeasure,
  fillSource,
  loadCopy,
  primitiveCopy,
  resumeCopy,
  straightCopy,
} from "../support/copy.ts";
import { copyMeasureSchema, inChild, inFolder, measureCopy } from "../support/copy-process.ts";
import { fillPrimitives } from "../support/primitive-copy.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    compare: { type: "string" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    step: { type: "string" },
    folder: { type: "string", default: "" },
  },
});
const count = Number(values.count);
/** The ways to copy that the executor is measured against, and what each is called. */
const OTHERS = { straight: "a plain loop over the ports", primitives: "one without ports" } as const;
const resumeSchema = z.object({ seconds: z.number(), scanSeconds: z.number() });

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
      const { keys, seconds, cpuSeconds, peakMegabytes } = copyMeasureSchema.parse(
        await inChild("apply", folder, size),
      );
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
  const measures: Record<"apply" | keyof typeof OTHERS, CopyMeasure[]> = { apply: [], straight: [], primitives: [] };
  for (let round = 1; round <= rounds; round++) {
    const words: string[] = [];
    for (const way of ["apply", "straight", "primitives"] as const) {
      const measure = await measureCopy(way, size);
      measures[way].push(measure);
      words.push(`${way === "apply" ? "executor" : OTHERS[way]} ${rateOf(measure)}`);
    }
    write(`round ${round}: ${words.join(", ")}`);
  }
  write(`${size} keys, medians of ${rounds} rounds:`);
  const ratios = {
    straight: ratiosTo(measures.straight, measures.apply),
    primitives: ratiosTo(measures.primitives, measures.apply),
  };
  for (const way of ["straight", "primitives"] as const) {
    const { seconds, cpuSeconds } = ratios[way];
    write(`- ${seconds.toFixed(2)}x, by time on a processor ${cpuSeconds.toFixed(2)}x ${OTHERS[way]}`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(ratios)}\n`);
}

/** How many times as fast the executor is as another way, by the clock and by time on a processor. */
function ratiosTo(
  others: readonly CopyMeasure[],
  ours: readonly CopyMeasure[],
): { readonly seconds: number; readonly cpuSeconds: number } {
  const ratioOf = (figure: "seconds" | "cpuSeconds"): number =>
    median(ours.map((one, round) => (others[round]?.[figure] ?? Number.NaN) / one[figure]));
  return { seconds: ratioOf("seconds"), cpuSeconds: ratioOf("cpuSeconds") };
}

function rateOf({ keys, seconds, cpuSeconds }: CopyMeasure): string {
  return `${(keys / seconds).toFixed(0)}/s (${(keys / cpuSeconds).toFixed(0)} per second on a processor)`;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/** With `--json` standard output is for the result alone. */
function write(line: string): void {
  (values.json ? process.stderr : process.stdout).write(`${line}\n`);
}

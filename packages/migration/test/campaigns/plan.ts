/**
 * Plans the migration of a large software store, writes the plan, and opens it again; each size in a process of its own, so
 * that its memory is its own. Prints lines of Markdown for docs/campaigns.md.
 *
 *     npm run campaign -- migration-plan --count 1000000
 *
 * Runs a tenth of the keys first, to show that time is linear and memory flat.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fillStore, measurePlan } from "../support/large-plan.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    held: { type: "string", default: "0" },
    step: { type: "string" },
    folder: { type: "string" },
  },
});
const count = Number(values.count);

if (values.step === undefined) await campaign();
else await step(values.step, values.folder ?? "");

async function campaign(): Promise<void> {
  process.stdout.write(
    "| Date | Node.js | Keys | Held at the target | Plan written | Keys/s | Plan opened | Peak memory | File |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
  );
  for (const size of [Math.max(1, Math.round(count / 10)), count]) {
    const folder = await mkdtemp(join(tmpdir(), "keyrail-plan-"));
    try {
      for (const name of ["fill", "plan"]) await inChild(name, folder, size);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function inChild(name: string, folder: string, size: number): Promise<void> {
  const options = ["--step", name, "--folder", folder, "--count", String(size), "--held", values.held];
  const parameters = ["--conditions=keyrail-source", import.meta.filename, ...options];
  const child = spawn(process.execPath, parameters, { stdio: "inherit" });
  const [code]: unknown[] = await once(child, "exit");
  if (code !== 0) throw new Error(`The step "${name}" failed.`);
}

async function step(name: string, folder: string): Promise<void> {
  const held = Number(values.held);
  if (name === "fill") return fillStore(folder, count, held);
  const { writeSeconds, openSeconds, peakMegabytes, fileMegabytes, keys } = await measurePlan(folder);
  const date = new Date().toISOString().slice(0, 10);
  const cells = [
    date,
    process.version,
    String(keys),
    String(held),
    `${writeSeconds.toFixed(1)} s`,
    Math.round(keys / writeSeconds).toString(),
    `${openSeconds.toFixed(1)} s`,
    `${peakMegabytes.toFixed(0)} MB`,
    `${fileMegabytes.toFixed(0)} MB`,
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

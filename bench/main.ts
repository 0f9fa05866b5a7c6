/**
 * `npm run bench [-- --only T1,T2] [--full] [--write]`: measures every target of the performance budget side by side
 * and prints target, figure, met or not. `--write` puts the table into docs/benchmarks.md, `--full` uses stores of
 * 1,000,000 keys, `--only` measures some. Node.js 26 measures all, Node.js 24 what differs there.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { isMet, type Row } from "./compare.ts";
import { REASONS } from "./reasons.ts";

const root = path.resolve(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    only: { type: "string" },
    full: { type: "boolean" },
    write: { type: "boolean" },
    help: { type: "boolean" },
  },
});

const rowSchema = z.object({
  target: z.string(),
  what: z.string(),
  wanted: z.number(),
  atMost: z.exactOptional(z.boolean()),
  measured: z.number(),
  unit: z.enum(["x", "us", "ms"]),
  reason: z.exactOptional(z.string()),
});

function main(): void {
  run(process.execPath, ["node_modules/tsdown/dist/run.mjs"], "build");
  const rows = [
    ...measure(process.execPath, values.only),
    ...measure(path.join(root, "node_modules/node24/bin/node"), values.only ?? "T1,T2,T4,T7,T8"),
  ];
  const table = render(rows);
  process.stdout.write(`${table}\n`);
  if (values.write === true) {
    writeFileSync(path.join(root, "docs/benchmarks.md"), page(table));
    process.stderr.write("Written to docs/benchmarks.md.\n");
  }
  const missed = rows.filter(({ row }) => !isMet(row)).length;
  process.stdout.write(`\n${rows.length - missed} of ${rows.length} targets met.\n`);
}

interface Measured {
  readonly version: string;
  readonly row: Row;
}

function measure(node: string, only: string | undefined): Measured[] {
  const version = run(node, ["--version"], "node").trim();
  const options = [...(only === undefined ? [] : [`--only=${only}`]), ...(values.full === true ? ["--full"] : [])];
  const output = run(
    node,
    ["--conditions=keyrail-source", "--disable-warning=ExperimentalWarning", "bench/run.ts", ...options],
    "bench",
  );
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Measured => ({ version, row: rowSchema.parse(JSON.parse(line)) }));
}

function run(node: string, parameters: readonly string[], what: string): string {
  const result = spawnSync(node, parameters, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (result.status !== 0) {
    process.stderr.write(`${what} failed; nothing was measured.\n`);
    process.exit(1);
  }
  return result.stdout;
}

function render(rows: readonly Measured[]): string {
  const cells = rows.map(({ version, row }) => [
    row.target,
    version,
    row.what,
    `${row.atMost === true ? "≤" : "≥"} ${row.wanted} ${row.unit}`,
    `${row.measured.toFixed(2)} ${row.unit}`,
    isMet(row) ? "met" : "**not met**",
    row.reason ?? "",
  ]);
  const line = (parts: readonly string[]): string =>
    `| ${parts.map((part) => part.replaceAll("|", "\\|")).join(" | ")} |`;
  const head = ["target", "Node.js", "what", "wanted", "measured", "", "note"];
  return [line(head), line(head.map(() => "---")), ...cells.map(line)].join("\n");
}

function page(table: string): string {
  const processor = cpus()[0]?.model ?? "unknown processor";
  return `# Benchmarks

Measured on ${new Date().toISOString().slice(0, 10)} with \`npm run bench -- --write${values.full === true ? " --full" : ""}\` on ${cpus().length} cores of ${processor}, Linux.
Candidates take turns inside one run; a figure is the ratio of their medians over 7 rounds. Only ratios carry over to
another machine. "at least 2 x" means twice as fast as the opponent.

${table}

## Why targets are missed

${Object.entries(REASONS)
  .map(([target, reason]) => `- **${target}**: ${reason}`)
  .join("\n")}
`;
}

if (values.help === true) {
  process.stdout.write("npm run bench [-- --only T1,T2] [--full] [--write]\n");
} else {
  main();
}

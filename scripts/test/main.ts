/**
 * `npm test`: every check continuous integration runs, a table of them, and the numbers of the unit tests.
 * `npm test -- --only types,unit` runs some; `npm test -- --list` says which there are.
 * Exit codes: 0 all passed, 1 a step failed, 2 wrong arguments.
 */
import { parseArgs } from "node:util";
import { type Finished, runSteps, select } from "./schedule.ts";
import type { Step } from "./step.ts";
import { steps } from "./steps.ts";
import { unitSummaryLines } from "./unit.ts";

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

function chosenSteps(): Step[] {
  const { values } = parseArgs({ options: { only: { type: "string" }, list: { type: "boolean" } } });
  if (values.list === true) {
    for (const step of steps) write(`${step.name.padEnd(12)} ${step.title}`);
    process.exit(0);
  }
  return values.only === undefined ? [...steps] : select(steps, values.only.split(","));
}

function outcome({ result, skippedBecause }: Finished): string {
  if (skippedBecause !== undefined) return "not run";
  return result.ok ? "ok" : "FAILED";
}

function report(finished: Finished): void {
  const { step, result, seconds } = finished;
  write(`${outcome(finished).padEnd(7)} ${step.name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
  if (!result.ok && result.output !== "") write(`\n${result.output.trimEnd()}\n`);
}

function table(all: readonly Finished[]): void {
  write(`\n${"step".padEnd(12)}  ${"result".padEnd(7)}  seconds  what`);
  for (const finished of all) {
    const { step, seconds, result, skippedBecause } = finished;
    const note = skippedBecause === undefined ? result.note : `needs ${skippedBecause}, which failed`;
    const what = note === undefined ? step.title : `${step.title} (${note})`;
    write(`${step.name.padEnd(12)}  ${outcome(finished).padEnd(7)}  ${seconds.toFixed(1).padStart(7)}  ${what}`);
  }
}

let chosen: Step[];
try {
  chosen = chosenSteps();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}

const started = performance.now();
const all = await runSteps(chosen, report);
table(all);
const failed = all.filter(({ result }) => !result.ok).map(({ step }) => step.name);
const total = `${((performance.now() - started) / 1000).toFixed(0)} s`;
write(
  failed.length === 0 ? `\nAll ${all.length} steps passed in ${total}.` : `\nFailed in ${total}: ${failed.join(", ")}.`,
);
if (all.some(({ step }) => step.name === "unit")) for (const line of unitSummaryLines()) write(line);
process.exitCode = failed.length === 0 ? 0 : 1;

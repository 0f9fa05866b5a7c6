/** The unit tests, shown as they run, and the numbers they came to. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { summaryFileVariable, summaryLines, unitSummarySchema } from "../../test/summary-reporter.ts";
import { run } from "../process.ts";
import type { Step } from "./step.ts";

const summaryFile = path.join(tmpdir(), `keyrail-unit-${process.pid}.json`);

/** Runs every test file of the workspace with vitest. */
export const unit: Step = {
  name: "unit",
  title: "unit tests",
  alone: true,
  run: async () => {
    const { code } = await run("vitest", ["run"], { stream: true, env: { [summaryFileVariable]: summaryFile } });
    return { ok: code === 0, output: "" };
  },
};

/** The skips with their reasons, then `N passed, N failed, N skipped`. One failed where vitest itself broke. */
export function unitSummaryLines(): string[] {
  if (!existsSync(summaryFile)) return summaryLines({ passed: 0, failed: 1, skipped: 0, skips: [] });
  const summary = unitSummarySchema.parse(JSON.parse(readFileSync(summaryFile, "utf8")));
  rmSync(summaryFile);
  return summaryLines(summary);
}

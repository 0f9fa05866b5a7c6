/**
 * A vitest reporter: counts the tests and gathers the reason of each skip, so that the last lines of a run say what
 * did not run and why. A test gives its reason with vitest's own `context.skip(reason)`.
 */
import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { z } from "zod";

/** The shape of {@link UnitSummary} in the file the runner reads. */
export const unitSummarySchema: z.ZodType<UnitSummary> = z.object({
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  skips: z.array(z.object({ reason: z.string(), tests: z.int() })),
});

/** What the unit tests came to. `skips` has each reason with the number of tests that gave it. */
export interface UnitSummary {
  passed: number;
  failed: number;
  skipped: number;
  skips: { reason: string; tests: number }[];
}

/** The environment variable that names the JSON file to write the {@link UnitSummary} to. */
export const summaryFileVariable = "KEYRAIL_UNIT_SUMMARY";

/** The reason a skipped test gave; else which test file gave none. */
function skipReason(test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" ? result.note : undefined;
  return note ?? `no reason given (${test.module.relativeModuleId})`;
}

/**
 * Counts the tests of `modules`. A module that did not load is one failed test, since its tests are unknown; so is
 * each of the `unhandled` errors, which belong to no test.
 */
function summarise(modules: readonly TestModule[], unhandled: number): UnitSummary {
  const summary: UnitSummary = { passed: 0, failed: unhandled, skipped: 0, skips: [] };
  const reasons = new Map<string, number>();
  for (const module of modules) {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") summary.passed += 1;
      if (state === "failed") failedTests += 1;
      if (state !== "skipped") continue;
      summary.skipped += 1;
      const reason = skipReason(test);
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    summary.failed += failedTests === 0 && !module.ok() ? 1 : failedTests;
  }
  summary.skips = [...reasons].map(([reason, tests]) => ({ reason, tests }));
  return summary;
}

/** The lines a run ends with: each skip with its reason, then the numbers alone on a line. */
export function summaryLines(summary: UnitSummary): string[] {
  return [
    ...summary.skips.map(({ reason, tests }) => `skipped: ${reason} (${tests} ${tests === 1 ? "test" : "tests"})`),
    `${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`,
  ];
}

/** Writes the summary to the file the environment names, or prints the skips where it names none. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const summary = summarise(modules, unhandledErrors.length);
    const file = process.env[summaryFileVariable];
    if (file !== undefined) writeFileSync(file, JSON.stringify(summary));
    else process.stdout.write(`${summaryLines(summary).join("\n")}\n`);
  }
}

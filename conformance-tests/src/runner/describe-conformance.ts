import { CHECK_GROUPS } from "../check.ts";
import { CHECKS } from "../checks/index.ts";
import type { Harness } from "../harness.ts";
import type { RunOptions } from "../options.ts";
import type { ConformanceReport } from "../report/report.ts";
import { Session } from "./session.ts";

/** What a test runner passes to a test; only `skip` is used. */
export interface TestContext {
  skip?(note?: string): void;
}

/** The functions of a test runner: those of vitest fit, and so do `describe`, `it`, `before` and `after` of node:test. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: (context: TestContext) => Promise<void>): unknown;
  beforeAll(body: () => Promise<void>): unknown;
  afterAll(body: () => Promise<void>): unknown;
}

/** Options of {@link describeConformance}. */
export interface DescribeOptions extends Omit<RunOptions, "onProgress" | "signal"> {
  /** Given the report when all is over. */
  readonly onReport?: (report: ConformanceReport) => void | Promise<void>;
}

/**
 * Describes the whole suite as tests of a test runner, one test a check, in groups.
 *
 * `pass` and `unsupported` (the refusal was verified) are passing tests, `fail` and `error` failing ones, `blocked`
 * and left-out checks are skipped with their reason. A last test fails when nothing was exercised or a key was left
 * behind.
 */
export function describeConformance(harness: Harness, runner: TestRunner, options: DescribeOptions = {}): void {
  runner.describe(`conformance of ${harness.name} (${harness.evidence})`, () => {
    const session = new Session(harness, options);
    let report: ConformanceReport | undefined;
    runner.beforeAll(() => session.open());
    runner.afterAll(async () => {
      // When the last test did not get its turn, the keys are still to be removed.
      report ??= await session.finish();
      await options.onReport?.(report);
    });
    const describeChecks = (closing: boolean): void => {
      for (const group of CHECK_GROUPS) {
        const checks = CHECKS.filter((check) => check.group === group && (check.phase === "closing") === closing);
        if (checks.length === 0) continue;
        runner.describe(group, () => {
          for (const check of checks) {
            runner.it(`${check.id}: ${check.title}`, async (context) => {
              const cell = await session.run(check);
              if (typeof cell === "string") return context.skip?.(cell);
              if (cell.state === "blocked") return context.skip?.(cell.detail);
              if (cell.state === "fail" || cell.state === "error") {
                throw new Error(`${cell.state}: ${cell.detail ?? "no detail"}\nRequirement: ${check.requirement}`);
              }
            });
          }
        });
      }
    };
    describeChecks(false);
    runner.it("leaves nothing behind", async () => {
      const { remaining } = await session.cleanUp();
      if (remaining.length > 0 && session.removes) {
        throw new Error(
          `Keys were left behind: ${remaining.map(({ uri, reason }) => `${uri} (${reason})`).join("; ")}`,
        );
      }
    });
    describeChecks(true);
    runner.it("exercised something", async () => {
      report = await session.finish();
      if (report.totals.pass === 0) throw new Error("Nothing was exercised: no check passed.");
    });
  });
}

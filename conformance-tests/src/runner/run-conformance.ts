import type { Check } from "../check.ts";
import { CHECKS } from "../checks/index.ts";
import type { Harness } from "../harness.ts";
import type { RunOptions } from "../options.ts";
import type { ConformanceReport } from "../report/report.ts";
import { checkHarness } from "./check-harness.ts";
import { Session } from "./session.ts";

/**
 * Runs the suite against a harness and gives the report. What the run made is removed before this returns, also after
 * failures and when `options.signal` is aborted; what could not be removed is listed in the report.
 *
 * Rejects (after the teardown) only when the harness is none (`InvalidRequest`) or its setup fails for another reason than missing credentials; a failing provider is
 * a report.
 */
export async function runConformance(harness: Harness, options: RunOptions = {}): Promise<ConformanceReport> {
  checkHarness(harness);
  const session = new Session(harness, options);
  const main = CHECKS.filter((check) => check.phase !== "closing");
  const closing = CHECKS.filter((check) => check.phase === "closing");
  let done = 0;
  let total = 0;
  const runAll = async (checks: readonly Check[]): Promise<void> => {
    for (const check of checks) {
      const cell = await session.run(check);
      if (typeof cell === "string") continue;
      done++;
      options.onProgress?.({ done, total, id: check.id, state: cell.state });
    }
  };
  try {
    await session.open();
    total = CHECKS.filter((check) => session.exclusion(check) === undefined).length;
    await runAll(main);
    await session.cleanUp();
    await runAll(closing);
  } catch (error) {
    await session.finish();
    throw error;
  }
  return session.finish();
}

/** The reference provider, under the test runner as any provider author runs it. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConformanceReport, describeConformance } from "../src/index.ts";
import { sqliteHarness } from "./support/software-harness.ts";

let report: ConformanceReport | undefined;

describeConformance(
  sqliteHarness(),
  { describe, it, beforeAll, afterAll },
  {
    onReport: (made) => {
      report = made;
    },
  },
);

describe("the report of the run above", () => {
  it("is a passed one, with nothing blocked and nothing left behind", () => {
    expect(report?.outcome).toBe("passed");
    expect(report?.totals).toMatchObject({ fail: 0, error: 0, blocked: 0 });
    expect(report?.totals.pass).toBeGreaterThan(900);
    expect(report?.keys).toMatchObject({ made: report?.keys.removed, remaining: [] });
    expect(report?.notRun.map((check) => check.id)).toEqual(["deadline.slow-answer"]);
  });
});

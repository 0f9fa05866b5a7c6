/** The schema of a report; `report.schema.json` of this package is made from it. */

import * as z from "zod";
import { CHECK_GROUPS } from "../check.ts";
import { type ConformanceReport, REPORT_VERSION } from "./report.ts";

const count = z.int().nonnegative();
const text = z.string().min(1);

const cell = z.strictObject({
  id: text.describe("Stable id of the check."),
  group: z.enum(CHECK_GROUPS),
  title: text,
  requirement: text.describe("The sentence of the contract or the standard the check proves."),
  state: z.enum(["pass", "fail", "unsupported", "blocked", "error"]),
  detail: z
    .string()
    .exactOptional()
    .describe("Why: what failed, what is not declared and was refused, what it is blocked by."),
  code: z.string().exactOptional().describe("The Keyrail error code behind a failure, when there is one."),
  durationMs: z.number().nonnegative(),
  wireRequests: count.exactOptional().describe("Requests the check cost, where the harness counts them."),
});

/** Checks a report that came from a file. */
export const reportSchema: z.ZodType<ConformanceReport> = z
  .strictObject({
    version: z.literal(REPORT_VERSION),
    suite: z.strictObject({ name: z.literal("@keyrail/conformance-tests"), version: text }),
    provider: z.strictObject({
      name: text.describe("The name the harness gives: the column of a matrix."),
      scheme: text.exactOptional().describe("The provider's own name, the scheme of its URIs."),
      title: text.exactOptional(),
      custody: z.enum(["software", "hsm", "mpc"]).exactOptional(),
    }),
    evidence: z.enum(["emulator", "recorded", "live"]).describe("Where the evidence comes from."),
    profile: z.enum(["full", "read-only"]),
    runtime: z.strictObject({ node: text, platform: text, arch: text }),
    startedAt: z.iso.datetime().describe("UTC, ISO 8601."),
    durationMs: z.number().nonnegative(),
    outcome: z
      .enum(["passed", "failed", "aborted"])
      .describe("passed: something was exercised, nothing failed or ended in an error, and no key was left behind."),
    reasons: z.array(text).describe("Why the outcome is not passed; empty when it is."),
    totals: z.strictObject({ pass: count, fail: count, unsupported: count, blocked: count, error: count }),
    cells: z.array(cell),
    notRun: z
      .array(z.strictObject({ id: text, reason: text }))
      .describe("Checks of the suite that this run left out, and why."),
    keys: z
      .strictObject({
        made: count,
        removed: count,
        remaining: z.array(z.strictObject({ uri: z.string(), label: z.string(), reason: text })),
      })
      .describe("The keys the run made, and those it could not remove again."),
  })
  .describe("A Keyrail conformance report.");

/** The JSON Schema (draft 2020-12) of a report. */
export function reportJsonSchema(): Record<string, unknown> {
  return {
    $id: "https://keyrail.dev/schemas/conformance-report-1.json",
    title: "Keyrail conformance report",
    ...z.toJSONSchema(reportSchema, { target: "draft-2020-12" }),
  };
}

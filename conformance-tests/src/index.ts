export { CHECK_GROUPS, type Check, type CheckGroup, type HarnessFeature, type Need } from "./check.ts";
export { CHECKS } from "./checks/index.ts";
export type { CheckContext } from "./context.ts";
export { type EvidenceOrigin, type Harness, type HarnessInstance, MissingCredentials } from "./harness.ts";
export type { CellState, Progress, RunOptions } from "./options.ts";
export {
  describeConformance,
  type DescribeOptions,
  type TestContext,
  type TestRunner,
} from "./runner/describe-conformance.ts";
export { runConformance } from "./runner/run-conformance.ts";
export { type ConformanceReport, REPORT_VERSION, type ReportCell } from "./report/report.ts";
export { reportJsonSchema, reportSchema } from "./report/schema.ts";

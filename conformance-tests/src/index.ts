/**
 * The Keyrail conformance suite.
 *
 * `runConformance(harness)` runs it and gives a report; `describeConformance(harness, runner)` describes it to a test
 * runner. The checks are data (`CHECKS`); which of them apply is decided by the provider's declaration alone.
 */

export { CHECK_GROUPS, type Check, type CheckGroup, type HarnessFeature, type Need } from "./check.ts";
export { CHECKS } from "./checks/index.ts";
export type { CheckContext } from "./context.ts";
export { type EvidenceOrigin, type Harness, type HarnessInstance, MissingCredentials } from "./harness.ts";
export type { CellState, Progress, RunOptions } from "./options.ts";
export { CELL_STATES, MARKS, MEANINGS } from "./report/marks.ts";
export { renderCheckList } from "./report/render-check-list.ts";
export { renderJunit } from "./report/render-junit.ts";
export { renderMarkdown } from "./report/render-markdown.ts";
export { type MatrixOptions, renderMatrix } from "./report/render-matrix.ts";
export { renderTable, type TableOptions } from "./report/render-table.ts";
export { type ConformanceReport, REPORT_VERSION, type ReportCell } from "./report/report.ts";
export { reportJsonSchema, reportSchema } from "./report/schema.ts";
export {
  describeConformance,
  type DescribeOptions,
  type TestContext,
  type TestRunner,
} from "./runner/describe-conformance.ts";
export { runConformance } from "./runner/run-conformance.ts";

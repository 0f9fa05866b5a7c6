/** Counting the cells of a report by group. */

import { CHECK_GROUPS, type CheckGroup } from "../check.ts";
import type { CellState } from "../options.ts";
import type { ConformanceReport, ReportCell } from "./report.ts";

/** The states of one group of one report. */
export type Counts = Record<CellState, number>;

/** No cell at all. */
export function noCounts(): Counts {
  return { pass: 0, fail: 0, unsupported: 0, blocked: 0, error: 0 };
}

/** Groups that occur in a report, in the suite's order, with their counts. */
export function countsByGroup(report: ConformanceReport): Map<CheckGroup, Counts> {
  const counts = new Map<CheckGroup, Counts>();
  for (const group of CHECK_GROUPS) {
    const cells = report.cells.filter((cell) => cell.group === group);
    if (cells.length === 0) continue;
    const counted = noCounts();
    for (const cell of cells) counted[cell.state]++;
    counts.set(group, counted);
  }
  return counts;
}

/** The state that stands for a group: the worst that was seen; `pass` before `unsupported`. */
export function groupState(counts: Counts): CellState {
  const order: readonly CellState[] = ["fail", "error", "blocked", "pass", "unsupported"];
  return order.find((state) => counts[state] > 0) ?? "unsupported";
}

/** Cells that need somebody's attention: everything but `pass` and `unsupported`. */
export function notable(report: ConformanceReport): ReportCell[] {
  return report.cells.filter((cell) => cell.state !== "pass" && cell.state !== "unsupported");
}

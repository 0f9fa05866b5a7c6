/** A conformance report in a few lines for the terminal. */

import type { CellState, ConformanceReport, ReportCell } from "@keyrail/conformance-tests";
import type { Session, Style } from "../runtime/session.ts";
import { textTable } from "../runtime/text-table.ts";

const STATES: readonly CellState[] = ["pass", "fail", "unsupported", "blocked", "error"];
const STYLES: Readonly<Record<ConformanceReport["outcome"], Style>> = {
  passed: "green",
  failed: "red",
  aborted: "yellow",
};
const MAXIMUM_FINDINGS = 40;

/** The matrix of groups and states, what did not pass and why, and the outcome. */
export function summaryText(report: ConformanceReport, session: Session): string {
  const groups = [...new Set(report.cells.map(({ group }) => group))];
  const count = (cells: readonly ReportCell[], state: CellState): string => {
    const number = cells.filter((cell) => cell.state === state).length;
    return number === 0 ? "·" : String(number);
  };
  const rows = groups.map((group) => {
    const cells = report.cells.filter((cell) => cell.group === group);
    return [group, ...STATES.map((state) => count(cells, state))];
  });
  const { totals, reasons, outcome, provider, evidence, durationMs } = report;
  return [
    `Conformance of ${session.style("bold", provider.name)} (evidence: ${evidence}, ${(durationMs / 1000).toFixed(1)} s)`,
    "",
    textTable(["group", ...STATES], [...rows, ["all", ...STATES.map((state) => String(totals[state]))]], session),
    ...findings(report),
    "",
    session.style(STYLES[outcome], `${outcome.toUpperCase()}${reasons.length === 0 ? "" : `: ${reasons.join(" ")}`}`),
  ].join("\n");
}

function findings({ cells }: ConformanceReport): string[] {
  const found = cells.filter(({ state }) => state === "fail" || state === "error");
  if (found.length === 0) return [];
  const more = found.length - MAXIMUM_FINDINGS;
  return [
    "",
    ...found.slice(0, MAXIMUM_FINDINGS).map(({ id, state, detail }) => `${state} ${id}: ${detail ?? ""}`),
    ...(more > 0 ? [`and ${more} more, in the report`] : []),
  ];
}

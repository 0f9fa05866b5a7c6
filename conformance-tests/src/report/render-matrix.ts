/** Several reports side by side: checks or groups down, providers across. */

import { CHECK_GROUPS } from "../check.ts";
import type { CellState } from "../options.ts";
import { countsByGroup, groupState } from "./group.ts";
import { legend, MARKS } from "./marks.ts";
import { row } from "./markdown-cell.ts";
import type { ConformanceReport } from "./report.ts";

/** Options of {@link renderMatrix}. */
export interface MatrixOptions {
  /** `groups`: a line per group, with counts (default). `checks`: a line per check. */
  readonly lines?: "groups" | "checks";
  /** `markdown` (default), or aligned plain `text`. */
  readonly form?: "markdown" | "text";
}

/**
 * The reports as one table. Every state has a mark of its own; a check that a report does not have is empty, never a
 * pass. The heading of a column names the evidence behind it.
 */
export function renderMatrix(reports: readonly ConformanceReport[], options: MatrixOptions = {}): string {
  const { lines = "groups", form = "markdown" } = options;
  const heading = [
    lines === "groups" ? "Group" : "Check",
    ...reports.map(({ provider, evidence }) => `${provider.name} (${evidence})`),
  ];
  const table = [heading, ...(lines === "groups" ? groupLines(reports) : checkLines(reports)), outcomeLine(reports)];
  const text = form === "markdown" ? markdown(table) : aligned(table);
  return `${text}\n${form === "markdown" ? "\n" : ""}${legend()}${form === "markdown" ? "." : ""}\n`;
}

function groupLines(reports: readonly ConformanceReport[]): string[][] {
  const counted = reports.map(countsByGroup);
  return CHECK_GROUPS.filter((group) => counted.some((counts) => counts.has(group))).map((group) => [
    group,
    ...counted.map((counts) => {
      const cell = counts.get(group);
      if (cell === undefined) return "";
      const state = groupState(cell);
      const exercised = cell.pass + cell.fail + cell.error + cell.blocked;
      return exercised === 0 ? MARKS[state] : `${MARKS[state]} ${cell.pass}/${exercised}`;
    }),
  ]);
}

function checkLines(reports: readonly ConformanceReport[]): string[][] {
  const states = reports.map((report) => new Map<string, CellState>(report.cells.map((cell) => [cell.id, cell.state])));
  const ids = new Set(reports.flatMap((report) => report.cells.map((cell) => cell.id)));
  return [...ids].map((id) => [
    id,
    ...states.map((known) => {
      const state = known.get(id);
      return state === undefined ? "" : MARKS[state];
    }),
  ]);
}

function outcomeLine(reports: readonly ConformanceReport[]): string[] {
  return ["outcome", ...reports.map((report) => report.outcome)];
}

function markdown(table: readonly (readonly string[])[]): string {
  const [heading = [], ...rest] = table;
  return [row(heading), row(heading.map((_, index) => (index === 0 ? "---" : ":---:"))), ...rest.map(row)].join("\n");
}

function aligned(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((line) => (line[column] ?? "").length)));
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

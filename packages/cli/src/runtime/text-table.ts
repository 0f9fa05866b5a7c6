/** Tables on a terminal. */

import Table from "cli-table3";
import type { Session } from "./session.ts";

const DEFAULT_COLUMNS = 120;
const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ",
};

/** A table without lines, its last two columns wrapped to the width of the terminal. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  session: Pick<Session, "style">,
): string {
  const widths = head.map(
    (title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)) + 2,
  );
  const available = (process.stdout.columns ?? DEFAULT_COLUMNS) - 1;
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
    colWidths: fitted(widths, available),
    wordWrap: true,
  });
  table.push(
    head.map((title) => session.style("bold", title)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Shrinks the widest columns until all fit. */
function fitted(widths: readonly number[], available: number): number[] {
  const fit = [...widths];
  const minimum = 16;
  while (fit.reduce((sum, width) => sum + width + 1, 0) > available) {
    const widest = fit.indexOf(Math.max(...fit));
    const width = fit[widest] ?? 0;
    if (width <= minimum) break;
    fit[widest] = width - 1;
  }
  return fit;
}

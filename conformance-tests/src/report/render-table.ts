import { countsByGroup, groupState, notable } from "./group.ts";
import { coloured, countedOut, legend, MARKS } from "./marks.ts";
import type { ConformanceReport } from "./report.ts";

/** Options of {@link renderTable}. */
export interface TableOptions {
  /** ANSI colours. Default false. */
  readonly colour?: boolean;
  /** Every check on a line of its own, not only those that need attention. Default false. */
  readonly everyCheck?: boolean;
}

/** A report as plain text for a terminal: a line per group, then what needs attention. */
export function renderTable(report: ConformanceReport, options: TableOptions = {}): string {
  const { colour = false, everyCheck = false } = options;
  const { provider, evidence, profile, keys } = report;
  const lines = [
    `Conformance of ${provider.name} (evidence: ${evidence}${profile === "read-only" ? ", read-only" : ""})`,
    "",
  ];
  const groups = countsByGroup(report);
  const width = Math.max(5, ...[...groups.keys()].map((group) => group.length));
  for (const [group, counts] of groups) {
    const state = groupState(counts);
    lines.push(`${coloured(MARKS[state], state, colour)} ${group.padEnd(width)}  ${countedOut(counts, colour)}`);
    if (!everyCheck) continue;
    for (const cell of report.cells) {
      if (cell.group !== group) continue;
      lines.push(`    ${coloured(MARKS[cell.state], cell.state, colour)} ${cell.id}: ${cell.title}`);
    }
  }
  const attention = notable(report);
  if (attention.length > 0) {
    lines.push("", "What needs attention:");
    for (const cell of attention) {
      lines.push(`  ${coloured(MARKS[cell.state], cell.state, colour)} ${cell.id}: ${cell.detail ?? cell.state}`);
    }
  }
  if (keys.remaining.length > 0) {
    lines.push("", "Keys that could not be removed:");
    for (const { uri, label, reason } of keys.remaining) lines.push(`  ${uri} (${label}): ${reason}`);
  }
  const seconds = (report.durationMs / 1000).toFixed(1);
  lines.push(
    "",
    `${report.outcome.toUpperCase()}  ${countedOut(report.totals, colour)}   ${report.notRun.length} not run   ${seconds} s   keys: ${keys.made} made, ${keys.removed} removed`,
    ...report.reasons.map((reason) => `  ${reason}`),
    legend(),
  );
  return `${lines.join("\n")}\n`;
}

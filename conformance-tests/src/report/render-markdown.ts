import { countsByGroup, notable } from "./group.ts";
import { CELL_STATES, legend, MARKS } from "./marks.ts";
import { cellText, row } from "./markdown-cell.ts";
import type { ConformanceReport } from "./report.ts";

/** A report as Markdown: summary, a table by group, then every check that is not simply right. */
export function renderMarkdown(report: ConformanceReport): string {
  const { provider, suite, runtime, keys } = report;
  const lines = [
    `# Conformance of ${cellText(provider.name)}`,
    "",
    `**${report.outcome}**: ${CELL_STATES.map((state) => `${report.totals[state]} ${state}`).join(", ")}, ${report.notRun.length} not run.`,
    "",
    row(["", ""]),
    row(["---", "---"]),
    row(["Evidence", report.evidence]),
    row(["Profile", report.profile]),
    row(["Suite", `${suite.name} ${suite.version}`]),
    row([
      "Provider",
      [provider.title, provider.scheme, provider.custody].filter((part) => part !== undefined).join(", "),
    ]),
    row(["Runtime", `Node.js ${runtime.node}, ${runtime.platform} ${runtime.arch}`]),
    row(["Started", report.startedAt]),
    row(["Duration", `${(report.durationMs / 1000).toFixed(1)} s`]),
    row(["Keys", `${keys.made} made, ${keys.removed} removed, ${keys.remaining.length} left`]),
    "",
    ...report.reasons.map((reason) => `- ${cellText(reason)}`),
    ...(report.reasons.length === 0 ? [] : [""]),
    row(["Group", ...CELL_STATES.map((state) => `${MARKS[state]} ${state}`)]),
    row(["---", ...CELL_STATES.map(() => "---:")]),
    ...[...countsByGroup(report)].map(([group, counts]) =>
      row([group, ...CELL_STATES.map((state) => (counts[state] === 0 ? "" : String(counts[state])))]),
    ),
    "",
    `${legend()}.`,
  ];
  const attention = notable(report);
  if (attention.length > 0) {
    lines.push("", "## What needs attention", "", row(["", "Check", "What was found"]), row(["---", "---", "---"]));
    for (const cell of attention) lines.push(row([MARKS[cell.state], `\`${cell.id}\``, cell.detail ?? cell.state]));
  }
  lines.push("", "## Every check", "", row(["", "Check", "Title", "Detail"]), row(["---", "---", "---", "---"]));
  for (const cell of report.cells)
    lines.push(row([MARKS[cell.state], `\`${cell.id}\``, cell.title, cell.detail ?? ""]));
  if (keys.remaining.length > 0) {
    lines.push("", "## Keys left behind", "", row(["Key", "Label", "Why"]), row(["---", "---", "---"]));
    for (const { uri, label, reason } of keys.remaining) lines.push(row([uri, label, reason]));
  }
  return `${lines.join("\n")}\n`;
}

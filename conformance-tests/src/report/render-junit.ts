import type { ConformanceReport, ReportCell } from "./report.ts";

/**
 * A report as JUnit XML, one test suite a group. `fail` is a failure, `error` an error, `blocked` a skipped test;
 * `pass` and `unsupported` are passed tests, told apart by a property and by the system-out of the case.
 */
export function renderJunit(report: ConformanceReport): string {
  const { totals, provider, evidence } = report;
  const tests = report.cells.length;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="conformance of ${escaped(provider.name)} (${evidence})" tests="${tests}" failures="${totals.fail}" errors="${totals.error}" skipped="${totals.blocked}" time="${seconds(report.durationMs)}">`,
  ];
  for (const [group, cells] of byGroup(report)) {
    const count = (state: ReportCell["state"]): number => cells.filter((cell) => cell.state === state).length;
    const time = cells.reduce((sum, cell) => sum + cell.durationMs, 0);
    lines.push(
      `  <testsuite name="${escaped(group)}" tests="${cells.length}" failures="${count("fail")}" errors="${count("error")}" skipped="${count("blocked")}" time="${seconds(time)}" timestamp="${escaped(report.startedAt)}">`,
      ...cells.flatMap((cell) => testCase(report, cell)),
      "  </testsuite>",
    );
  }
  lines.push("</testsuites>");
  return `${lines.join("\n")}\n`;
}

function byGroup(report: ConformanceReport): Map<string, ReportCell[]> {
  const groups = new Map<string, ReportCell[]>();
  for (const cell of report.cells) {
    const cells = groups.get(cell.group);
    if (cells === undefined) groups.set(cell.group, [cell]);
    else cells.push(cell);
  }
  return groups;
}

function testCase(report: ConformanceReport, cell: ReportCell): string[] {
  const name = escaped(`${cell.id}: ${cell.title}`);
  const classname = escaped(`conformance.${report.provider.name}.${cell.group}`);
  const detail = escaped(cell.detail ?? cell.state);
  const text = escaped(`Requirement: ${cell.requirement}`);
  return [
    `    <testcase name="${name}" classname="${classname}" time="${seconds(cell.durationMs)}">`,
    `      <properties><property name="state" value="${cell.state}"/></properties>`,
    ...(cell.state === "fail" ? [`      <failure message="${detail}">${text}</failure>`] : []),
    ...(cell.state === "error" ? [`      <error message="${detail}">${text}</error>`] : []),
    ...(cell.state === "blocked" ? [`      <skipped message="${detail}"/>`] : []),
    ...(cell.state === "unsupported" ? [`      <system-out>${detail}</system-out>`] : []),
    "    </testcase>",
  ];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** XML 1.0 text: the five markup characters as entities, characters XML has no form for as U+FFFD. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
  };
  return (
    text
      // eslint-disable-next-line no-control-regex -- characters that XML 1.0 can't hold
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff](?![\udc00-\udfff])/g, "\ufffd")
      .replace(/[&<>"']/g, (character) => entities[character] ?? character)
  );
}

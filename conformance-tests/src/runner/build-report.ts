import type { Provider } from "@keyrail/core";
import type { Harness } from "../harness.ts";
import { type ConformanceReport, REPORT_VERSION, type ReportCell } from "../report/report.ts";
import { SUITE_VERSION } from "../version.ts";
import type { CleanUp } from "./key-ledger.ts";

/** What a run found, before it is judged as a whole. */
export interface Findings {
  readonly harness: Harness;
  readonly provider: Provider | undefined;
  readonly readOnly: boolean;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly cells: ReportCell[];
  readonly notRun: { id: string; reason: string }[];
  readonly keys: CleanUp;
  readonly aborted: string | undefined;
}

/** The report of a run: counts the cells and judges the run as a whole. */
export function buildReport(findings: Findings): ConformanceReport {
  const { harness, provider, cells, keys, aborted } = findings;
  const count = (state: ReportCell["state"]): number => cells.filter((cell) => cell.state === state).length;
  const totals = {
    pass: count("pass"),
    fail: count("fail"),
    unsupported: count("unsupported"),
    blocked: count("blocked"),
    error: count("error"),
  };
  const reasons = reasonsOf(findings, totals);
  return {
    version: REPORT_VERSION,
    suite: { name: "@keyrail/conformance-tests", version: SUITE_VERSION },
    provider: {
      name: harness.name,
      ...(provider === undefined
        ? {}
        : { scheme: provider.name, title: provider.capabilities.title, custody: provider.capabilities.custody }),
    },
    evidence: harness.evidence,
    profile: findings.readOnly ? "read-only" : "full",
    runtime: { node: process.version, platform: process.platform, arch: process.arch },
    startedAt: new Date(findings.started).toISOString(),
    durationMs: Date.now() - findings.started,
    outcome: aborted !== undefined ? "aborted" : reasons.length === 0 ? "passed" : "failed",
    reasons,
    totals,
    cells,
    notRun: findings.notRun,
    keys: { made: keys.made, removed: keys.removed, remaining: [...keys.remaining] },
  };
}

function reasonsOf({ provider, keys, aborted }: Findings, totals: ConformanceReport["totals"]): string[] {
  const reasons: string[] = [];
  if (aborted !== undefined) reasons.push(aborted);
  if (totals.fail > 0) reasons.push(`${totals.fail} of the checks failed.`);
  if (totals.error > 0) reasons.push(`${totals.error} of the checks ended in an error.`);
  if (totals.pass === 0) reasons.push("Nothing was exercised: no check passed.");
  // Where the provider declares no removal, keys that stay are listed and held against nobody.
  if (keys.remaining.length > 0 && provider?.capabilities.catalog?.remove !== undefined) {
    reasons.push(`${keys.remaining.length} of the keys the run made could not be removed.`);
  }
  return reasons;
}

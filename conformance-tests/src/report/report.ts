/** The report of a run, as types. The schema beside it says the same to machines. */

import type { Custody } from "@keyrail/core";
import type { CheckGroup } from "../check.ts";
import type { EvidenceOrigin } from "../harness.ts";
import type { CellState } from "../options.ts";

/** The version of the report's form. */
export const REPORT_VERSION = 1;

/** One check in a report. */
export interface ReportCell {
  /** Stable id of the check. */
  readonly id: string;
  readonly group: CheckGroup;
  readonly title: string;
  /** The sentence of the contract or the standard the check proves. */
  readonly requirement: string;
  readonly state: CellState;
  /** Why: what failed, what is not declared and was refused, what it is blocked by. Safe to print. */
  readonly detail?: string;
  /** The Keyrail error code behind a failure, when there is one. */
  readonly code?: string;
  readonly durationMs: number;
  /** Requests the check cost, where the harness counts them. */
  readonly wireRequests?: number;
}

/** One run of the suite against one provider. */
export interface ConformanceReport {
  readonly version: typeof REPORT_VERSION;
  readonly suite: { readonly name: "@keyrail/conformance-tests"; readonly version: string };
  readonly provider: {
    /** The name the harness gives: the column of a matrix. */
    readonly name: string;
    /** The provider's own name, the scheme of its URIs; absent when it could not be opened. */
    readonly scheme?: string;
    readonly title?: string;
    readonly custody?: Custody;
  };
  /** Where the evidence comes from. */
  readonly evidence: EvidenceOrigin;
  readonly profile: "full" | "read-only";
  readonly runtime: { readonly node: string; readonly platform: string; readonly arch: string };
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** `passed`: something was exercised, nothing failed or ended in an error, and no key was left behind. */
  readonly outcome: "passed" | "failed" | "aborted";
  /** Why the outcome is not `passed`; empty when it is. */
  readonly reasons: readonly string[];
  readonly totals: Readonly<Record<CellState, number>>;
  readonly cells: readonly ReportCell[];
  /** Checks of the suite that this run left out, and why. */
  readonly notRun: readonly { readonly id: string; readonly reason: string }[];
  /** The keys the run made, and those it could not remove again. */
  readonly keys: {
    readonly made: number;
    readonly removed: number;
    readonly remaining: readonly { readonly uri: string; readonly label: string; readonly reason: string }[];
  };
}

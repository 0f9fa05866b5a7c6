/** What a run over published vectors counts. */

import { type ErrorCode, isKeyrailError } from "@keyrail/core";

/** What a publisher says of a case: must work, must not, or may. */
export type Expectation = "valid" | "invalid" | "acceptable";

/**
 * How a case came out. `true`: done, and the result is the published one. `"verified"`: done, and the result, which is
 * randomised, was checked by verifying it and the published one. `false`: refused, or not valid. `byDesign`: no port can be
 * asked this, for the reason given.
 */
export type Outcome = boolean | "verified" | { readonly byDesign: string };

/** Codes by which a port refuses bad input. Any other error is a disagreement. */
const REFUSALS: readonly ErrorCode[] = [
  "InvalidRequest",
  "InvalidKeyMaterial",
  "DecryptionFailed",
  "LimitExceeded",
  "UnsupportedCapability",
];

/** The count of one file on one engine. */
export class Tally {
  readonly file: string;
  cases = 0;
  passed = 0;
  /** Of those that passed: checked by verification, since the operation is randomised. */
  verified = 0;
  /** Reasons with their counts. */
  readonly byDesign: Map<string, number> = new Map();
  /** Sentences. */
  readonly disagreements: string[] = [];
  /** For each `acceptable` case, whether it was accepted: every engine must decide the same. */
  readonly decisions: Map<string, boolean> = new Map();

  constructor(file: string) {
    this.file = file;
  }

  /** Runs one case and counts it. */
  async judge(id: number | string, expected: Expectation, attempt: () => Promise<Outcome>): Promise<void> {
    this.cases++;
    const outcome = await this.#outcome(attempt);
    if (typeof outcome !== "object") this.#count(id, expected, outcome);
    else if ("failed" in outcome) this.disagreements.push(`${this.file} ${id}: ${outcome.failed}`);
    else this.byDesign.set(outcome.byDesign, (this.byDesign.get(outcome.byDesign) ?? 0) + 1);
  }

  #count(id: number | string, expected: Expectation, outcome: boolean | "verified"): void {
    const accepted = outcome !== false;
    if (expected === "acceptable") this.decisions.set(`${id}`, accepted);
    else if (accepted !== (expected === "valid")) {
      this.disagreements.push(`${this.file} ${id}: ${expected}, but ${accepted ? "accepted" : "refused"}`);
      return;
    }
    this.passed++;
    if (outcome === "verified") this.verified++;
  }

  async #outcome(attempt: () => Promise<Outcome>): Promise<Outcome | { readonly failed: string }> {
    try {
      return await attempt();
    } catch (error) {
      if (isKeyrailError(error) && REFUSALS.includes(error.code)) return false;
      return {
        failed: error instanceof Error ? `${error.name}: ${error.message}` : "threw something that is no error",
      };
    }
  }
}

/** A table of tallies for people. */
export function formatTallies(tallies: readonly Tally[]): string {
  const rows = tallies.map((each) => [
    each.file,
    `${each.cases}`,
    `${each.passed}`,
    each.verified === 0 ? "" : `${each.verified}`,
    [...each.byDesign].map(([reason, count]) => `${count} ${reason}`).join("; "),
    each.disagreements.length === 0 ? "" : `${each.disagreements.length}`,
  ]);
  const sum = (pick: (tally: Tally) => number): string => `${tallies.reduce((total, each) => total + pick(each), 0)}`;
  const refused = (each: Tally): number => [...each.byDesign.values()].reduce((total, count) => total + count, 0);
  rows.push([
    "total",
    sum((each) => each.cases),
    sum((each) => each.passed),
    sum((each) => each.verified),
    sum(refused),
    sum((each) => each.disagreements.length),
  ]);
  const header = ["file", "cases", "passed", "by verification", "refused by design", "disagreements"];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (column === 4 ? 17 : (row[column] ?? "").length))),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

import { describe, expect, test } from "vitest";
import { runVectors, type VectorFiles } from "./published-vectors.ts";
import { formatTallies, type Tally } from "./tally.ts";
import { hasVectors } from "./vector-files.ts";

const MINUTE = 60_000;

/**
 * Declares the run over some files on the default engines and on noble: no disagreement, and the same free decisions.
 *
 * @param cases how many the files hold together, so that a case that is lost is noticed.
 */
export function declareVectorTests(files: VectorFiles, cases: number): void {
  describe("published vectors through the ports", () => {
    test("agree on the default engines and on noble", { timeout: 2 * MINUTE }, async ({ skip }) => {
      skip(!hasVectors, "The published vectors are not here: set KEYRAIL_VECTORS to their folder.");
      const fastest = await runVectors(files);
      const noble = await runVectors(files, "noble");
      process.stderr.write(`\ndefault engines\n${formatTallies(fastest)}\n\nnoble\n${formatTallies(noble)}\n`);
      for (const tallies of [fastest, noble]) expect(tallies.flatMap(({ disagreements }) => disagreements)).toEqual([]);
      expect(decisions(noble)).toEqual(decisions(fastest));
      for (const tallies of [fastest, noble]) expect(tallies.reduce((sum, tally) => sum + tally.cases, 0)).toBe(cases);
    });
  });
}

function decisions(tallies: readonly Tally[]): unknown {
  return tallies.map(({ file, decisions: each }) => [file, [...each]]);
}

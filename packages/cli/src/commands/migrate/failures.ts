import { printable } from "@keyrail/core";
import type { ItemCounts, Journal } from "@keyrail/migration";

/** Failures that are shown; the report has all of them. */
const SHOWN = 5;

/** The first failed keys of a run with their reasons, a line each; none when nothing failed. */
export async function failureLines(journal: Journal, run: string, counts: ItemCounts): Promise<string[]> {
  if (counts.failed === 0) return [];
  const lines: string[] = [];
  for await (const { planned, error } of journal.items(run, { states: ["failed"] })) {
    if (lines.length === SHOWN) break;
    lines.push(
      `  failed: ${printable(planned.source.label)} (${planned.source.uri}): ${error?.message ?? "no reason is known"}`,
    );
  }
  const rest = counts.failed - lines.length;
  return rest > 0 ? [...lines, `  and ${rest} more`] : lines;
}

import { printable } from "@keyrail/core";
import type { ItemCounts, Journal, JournalItem } from "@keyrail/migration";

/** Failures that are shown; the report has all of them. */
const SHOWN = 5;

/** The first failed keys of a run with their reasons, a line each; none when nothing failed. */
export async function failureLines(journal: Journal, run: string, counts: ItemCounts): Promise<string[]> {
  return linesOf("failed", counts.failed, journal.items(run, { states: ["failed"] }));
}

/** The first verified keys whose use an approver refused, with the words of the vendor, a line each. */
export async function refusalLines(journal: Journal, run: string, refused: number): Promise<string[]> {
  return linesOf("refused", refused, journal.items(run, { states: ["verified"] }), ({ error }) => error !== undefined);
}

async function linesOf(
  word: string,
  total: number,
  items: AsyncIterable<JournalItem>,
  isMeant: (item: JournalItem) => boolean = () => true,
): Promise<string[]> {
  const lines: string[] = [];
  if (total === 0) return lines;
  for await (const item of items) {
    if (!isMeant(item)) continue;
    const { planned, error } = item;
    lines.push(
      `  ${word}: ${printable(planned.source.label)} (${planned.source.uri}): ${error?.message ?? "no reason is known"}`,
    );
    if (lines.length === SHOWN) break;
  }
  return total > lines.length ? [...lines, `  and ${total - lines.length} more`] : lines;
}

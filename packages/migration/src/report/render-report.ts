/** A run's report as one HTML page that needs nothing else. */

import type { Journal } from "../journal/journal.ts";
import type { EvidenceNote } from "./further-sections.ts";
import { gatherReport } from "./report-data.ts";

/** What {@link renderReport} takes. */
export interface ReportOptions {
  readonly journal: Journal;
  /** The run's id. */
  readonly run: string;
  /** Rows in the table of keys; failed and waiting keys first. Default 2,000. */
  readonly rows?: number;
  /** The evidence bundle of the same run, when it was written. */
  readonly evidence?: EvidenceNote;
  /** Milliseconds since the epoch; default now. */
  readonly generatedAt?: number;
}

const ROWS = 2000;

/**
 * The report as an HTML document: totals, strategies, what failed, what stays, the timeline and the keys. It loads
 * nothing, works without script (a text filter needs one), in light and dark, and on paper. Texts from outside are escaped, and
 * control and direction characters in them are shown by their code points. Reads the journal in one pass; the page is
 * bounded by `rows`.
 *
 * @throws KeyrailError what the journal throws.
 */
export async function renderReport(options: ReportOptions): Promise<string> {
  const { journal, run, rows = ROWS, generatedAt = Date.now() } = options;
  const data = await gatherReport(journal, run, { rows });
  // Loaded here: whoever only applies a run needs no HTML.
  const { renderPage } = await import("./page.ts");
  return renderPage(data, options.evidence, generatedAt);
}

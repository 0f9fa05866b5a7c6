/** A run's report as one HTML page that needs nothing else. */

import { createHash } from "node:crypto";
import { type ComponentChild, Fragment, h } from "preact";
import { renderToStaticMarkup } from "preact-render-to-string";
import type { Journal } from "../journal/journal.ts";
import { FILTER_SCRIPT } from "./filter-script.ts";
import { attention, evidence, type EvidenceNote, retained, timeline } from "./further-sections.ts";
import { keyTable, statesOf } from "./key-table.ts";
import { overview, strategies, totals } from "./overview.ts";
import { gatherReport, type ReportData, strategiesOf } from "./report-data.ts";
import { styleSheet } from "./style.ts";
import { time } from "./words.ts";
import { visibleText } from "./visible-text.ts";

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
  return `<!doctype html>\n${renderToStaticMarkup(h(Fragment, null, page(data, options.evidence, generatedAt)))}\n`;
}

function page(data: ReportData, note: EvidenceNote | undefined, generatedAt: number): ComponentChild {
  const style = styleSheet(statesOf(data), strategiesOf(data));
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(FILTER_SCRIPT)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ];
  const { source, target } = data.run.header;
  return h(
    "html",
    { lang: "en" },
    h(
      "head",
      null,
      h("meta", { charset: "utf-8" }),
      h("meta", { "http-equiv": "Content-Security-Policy", content: policy.join("; ") }),
      h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      h("meta", { name: "referrer", content: "no-referrer" }),
      h("meta", { name: "color-scheme", content: "light dark" }),
      h("title", null, visibleText(`Migration report: ${source.title} to ${target.title}, ${data.run.id}`)),
      h("style", { dangerouslySetInnerHTML: { __html: style } }),
    ),
    h(
      "body",
      null,
      h("a", { class: "skip", href: "#keys" }, "To the keys"),
      h(
        "main",
        null,
        overview(data, generatedAt),
        attention(data),
        totals(data),
        strategies(data),
        retained(data),
        timeline(data),
        keyTable(data, restOf(note)),
        evidence(note),
        h("footer", null, `Made by Keyrail, ${time(generatedAt)}. Times are UTC.`),
      ),
      h("script", { dangerouslySetInnerHTML: { __html: FILTER_SCRIPT } }),
    ),
  );
}

function restOf(note: EvidenceNote | undefined): string {
  return note === undefined ? "The journal has the others." : "The others are in journal.jsonl of the evidence bundle.";
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

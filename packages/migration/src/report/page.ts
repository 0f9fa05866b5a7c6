/** The page, element by element. */

import { createHash } from "node:crypto";
import { type ComponentChild, Fragment, h } from "preact";
import { renderToStaticMarkup } from "preact-render-to-string";
import { inSentence } from "../plan/in-sentence.ts";
import { FILTER_SCRIPT } from "./filter-script.ts";
import { attention, evidence, type EvidenceNote, retained, timeline } from "./further-sections.ts";
import { keyTable, statesOf } from "./key-table.ts";
import { overview, strategies, totals } from "./overview.ts";
import { type ReportData, strategiesOf } from "./report-data.ts";
import { styleSheet } from "./style.ts";
import { visibleText } from "./visible-text.ts";
import { time } from "./words.ts";

/** The page as an HTML document. */
export function renderPage(data: ReportData, note: EvidenceNote | undefined, generatedAt: number): string {
  return `<!doctype html>\n${renderToStaticMarkup(h(Fragment, null, page(data, note, generatedAt)))}\n`;
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
      h(
        "title",
        null,
        visibleText(`Migration report: ${inSentence(source.title)} to ${inSentence(target.title)}, ${data.run.id}`),
      ),
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

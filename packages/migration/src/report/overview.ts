/** The head of the report and its totals. */

import { type ComponentChild, h } from "preact";
import type { PlannedProvider } from "../plan/plan.ts";
import { badge, code, facts, foreign, section, stateBadge, table } from "./elements.ts";
import { type ReportData, strategiesOf } from "./report-data.ts";
import {
  duration,
  keys,
  number,
  PROOF_MEANING,
  runWord,
  STATE_ORDER,
  STATES,
  STRATEGY_MEANING,
  time,
  type Tone,
  verdict,
} from "./words.ts";

/** What the report is about, and how it stands. */
export function overview(data: ReportData, generatedAt: number): ComponentChild {
  const { run, journalDigest } = data;
  const { headline, tone, sentences } = verdict(data);
  const last = data.events.at(-1)?.at ?? run.updatedAt;
  return h(
    "header",
    null,
    h("p", { class: "kicker" }, "Keyrail migration report"),
    h(
      "h1",
      null,
      foreign(run.header.source.title),
      h("span", { class: "arrow" }, " to "),
      foreign(run.header.target.title),
    ),
    h("p", { class: `verdict ${tone}` }, badge(tone, SIGNS[tone], headline), h("span", null, sentences.join(" "))),
    h("div", { class: "ends" }, end("From", run.header.source), end("To", run.header.target)),
    facts([
      ["State of the run", runWord(run.state)],
      ["Run made", time(run.createdAt)],
      ["Last event", `${time(last)}, ${duration(last - run.createdAt)} later`],
      ["Run", code(run.id)],
      ["Plan digest", code(run.summary.digest)],
      ["Journal digest", code(journalDigest)],
      ["Planned", time(run.header.createdAt)],
      ["Report made", time(generatedAt)],
    ]),
  );
}

const SIGNS: Readonly<Record<Tone, string>> = { good: "✓", bad: "✕", wait: "…", plain: "–" };

function end(role: string, { uri, title, custody, capabilities }: PlannedProvider): ComponentChild {
  return h(
    "div",
    { class: "end" },
    h("h2", null, h("span", { class: "role" }, role), " ", foreign(title)),
    h("p", null, code(uri)),
    h("p", { class: "muted" }, `Custody: ${CUSTODY[custody]}`),
    h("p", { class: "muted" }, "Capabilities ", code(capabilities)),
  );
}

const CUSTODY = { software: "software", hsm: "hardware security module", mpc: "multi-party computation" } as const;

/** Keys by state: a bar and a table. */
export function totals(data: ReportData): ComponentChild {
  const { counts, run } = data;
  const present = STATE_ORDER.filter((state) => counts[state] > 0);
  return section(
    "totals",
    `Totals: ${keys(run.summary.keys)}`,
    bar(data),
    table(
      "Keys by state",
      [{ title: "State" }, { title: "Keys", class: "number" }, { title: "Meaning", class: "wide" }],
      present.map((state) => [stateBadge(state), number(counts[state]), STATES[state].meaning]),
    ),
  );
}

/** Drawn with attributes: the page allows no inline styles. */
function bar({ counts, run }: ReportData): ComponentChild {
  const total = Math.max(1, run.summary.keys);
  const label = STATE_ORDER.filter((state) => counts[state] > 0).map((state) => `${state} ${number(counts[state])}`);
  let x = 0;
  const parts = STATE_ORDER.flatMap((state) => {
    const width = (counts[state] * 1000) / total;
    if (width === 0) return [];
    const rectangle = h("rect", {
      x: x.toFixed(2),
      width: Math.max(0, width - 2).toFixed(2),
      y: 0,
      height: 12,
      class: `${STATES[state].tone} ${state}`,
    });
    x += width;
    return [rectangle];
  });
  return h(
    "svg",
    { class: "bar", viewBox: "0 0 1000 12", preserveAspectRatio: "none", role: "img", "aria-label": label.join(", ") },
    ...parts,
  );
}

/** Strategies, key types, changes and proofs. */
export function strategies(data: ReportData): ComponentChild {
  const { run, changes, proofs } = data;
  const present = strategiesOf(data);
  return section(
    "strategies",
    "Strategies",
    h(
      "div",
      { class: "tables" },
      table(
        "Keys by strategy",
        [{ title: "Strategy" }, { title: "Keys", class: "number" }, { title: "What happens", class: "wide" }],
        present.map((strategy) => [strategy, number(run.summary.strategies[strategy]), STRATEGY_MEANING[strategy]]),
      ),
      changes.length === 0
        ? null
        : table(
            "What is different afterwards",
            [{ title: "What" }, { title: "Keys", class: "number" }],
            changes.map(({ what, keys: count }) => [foreign(what), number(count)]),
          ),
      proofs.length === 0 ? null : proofTable(data),
      typeTable(data),
    ),
  );
}

function typeTable(data: ReportData): ComponentChild {
  const present = strategiesOf(data);
  return table(
    "Keys by type and strategy",
    [
      { title: "Key type" },
      ...present.map((strategy) => ({ title: strategy, class: "number" }) as const),
      { title: "all", class: "number" } as const,
    ],
    data.types.map(({ keyType, strategies: counts }) => [
      keyType,
      ...present.map((strategy) => (counts[strategy] === 0 ? "·" : number(counts[strategy]))),
      number(present.reduce((sum, strategy) => sum + counts[strategy], 0)),
    ]),
  );
}

function proofTable({ proofs, checks }: ReportData): ComponentChild {
  return table(
    `Proofs; ${number(checks.passed)} checks passed, ${number(checks.failed)} failed`,
    [{ title: "Proof" }, { title: "Keys", class: "number" }, { title: "What it shows", class: "wide" }],
    proofs.map(({ kind, keys: count }) => [kind, number(count), meaningOf(kind)]),
  );
}

function meaningOf(kind: string): string {
  const meanings: Readonly<Record<string, string>> = PROOF_MEANING;
  return meanings[kind] ?? "";
}

/** The keys, one row each, with filters that need no script. */

import { type ComponentChild, type ComponentChildren, h } from "preact";
import type { ItemState, JournalItem } from "../journal/journal.ts";
import type { PlannedKey, Strategy } from "../plan/plan.ts";
import type { VerificationCheck } from "../proof/verification.ts";
import { badge, code, type Column, foreign, section, stateBadge, tableCells, tableHead } from "./elements.ts";
import { type ReportData, strategiesOf } from "./report-data.ts";
import { keys, number, STATE_ORDER, STATES, time } from "./words.ts";

const COLUMNS: readonly Column[] = [
  { title: "Key" },
  { title: "Strategy" },
  { title: "State" },
  { title: "Address", class: "wide" },
  { title: "Evidence", class: "wide" },
];

/** States that have keys, in the order of the report. */
export function statesOf({ counts }: ReportData): readonly ItemState[] {
  return STATE_ORDER.filter((state) => counts[state] > 0);
}

/** The section of all keys. */
export function keyTable(data: ReportData, rest: string): ComponentChild {
  const { rows, run } = data;
  const total = run.summary.keys;
  const note =
    rows.length < total
      ? `${number(rows.length)} of ${keys(total)} are shown: failed and waiting ones first, then in the order of the plan. ${rest}`
      : "Failed and waiting keys come first, then the order of the plan.";
  return section(
    "keys",
    "Keys",
    h("p", null, note),
    h(
      "div",
      { class: "filters" },
      choices("state", "State", statesOf(data), (state) => STATES[state].sign, data.counts),
      choices("strategy", "Strategy", strategiesOf(data), () => "", run.summary.strategies),
      h(
        "p",
        { class: "search", id: "search", hidden: true },
        h("label", { for: "text" }, "Text in a row "),
        h("input", { id: "text", type: "search", autocomplete: "off", spellcheck: false }),
        " ",
        h("output", { id: "shown", for: "text" }),
      ),
    ),
    h(
      "table",
      { role: "table", class: "keys", id: "key-rows" },
      h("caption", null, "Each key of the plan"),
      tableHead(COLUMNS),
      ...rows.map(row),
    ),
  );
}

function choices<Name extends ItemState | Strategy>(
  group: string,
  legend: string,
  names: readonly Name[],
  sign: (name: Name) => string,
  counts: Readonly<Partial<Record<Name, number>>>,
): ComponentChild {
  const choice = (name: string, shown: ComponentChildren, checked: boolean): ComponentChild =>
    h(
      "label",
      null,
      h("input", { type: "radio", name: group, id: `${group}-${name}`, value: name, defaultChecked: checked, checked }),
      h("span", null, shown),
    );
  return h(
    "fieldset",
    null,
    h("legend", null, legend),
    choice("all", "all", true),
    ...names.map((name) => choice(name, `${sign(name)} ${name} ${number(counts[name] ?? 0)}`.trim(), false)),
  );
}

/** A group of its own: the facts, and in a second row over the whole width what is behind them. */
function row(item: JournalItem): ComponentChild {
  const { planned, strategy, state } = item;
  const cells = [keyCell(planned), strategy, stateBadge(state), addressCell(item), evidenceCell(item)];
  return h(
    "tbody",
    { role: "rowgroup", "data-state": state, "data-strategy": strategy },
    h("tr", { role: "row" }, ...tableCells(COLUMNS, cells)),
    state === "retained"
      ? null
      : h("tr", { role: "row", class: "more" }, h("td", { role: "cell", colSpan: COLUMNS.length }, details(item))),
  );
}

function keyCell({ ordinal, source }: PlannedKey): ComponentChild {
  const label = source.label === "" ? h("span", { class: "muted" }, "(no label)") : foreign(source.label);
  return h(
    "div",
    { class: "key" },
    h("span", { class: "label" }, label),
    h(
      "span",
      { class: "muted" },
      `No. ${number(ordinal)}, ${source.keyType}, ${source.usages.join(" ") || "no usage"}`,
    ),
  );
}

function addressCell({ planned, target }: JournalItem): ComponentChild {
  return h(
    "div",
    { class: "addresses" },
    h("p", null, h("span", { class: "role" }, "from "), code(planned.source.uri)),
    target === undefined ? null : h("p", null, h("span", { class: "role" }, "to "), code(target)),
  );
}

function evidenceCell({ planned, state, proof, verification, error, ticket }: JournalItem): ComponentChild {
  const checks = verification?.checks ?? [];
  const passed = checks.filter((check) => check.passed).length;
  const all = passed === checks.length;
  return h(
    "div",
    { class: "evidence" },
    error === undefined
      ? null
      : h("p", { class: "error" }, h("strong", null, error.code), ": ", foreign(error.message)),
    ticket === undefined
      ? null
      : h("p", { class: "pending" }, "Approval ", code(ticket.approval ?? ticket.reference), " is pending."),
    state === "retained" ? h("p", { class: "muted" }, foreign(planned.reason)) : null,
    proof === undefined ? null : h("p", null, proof.kind),
    checks.length === 0
      ? null
      : h("p", null, badge(all ? "good" : "bad", all ? "✓" : "✕", `${passed} of ${checks.length} checks passed`)),
  );
}

function details({ planned, verification, attempts, updatedAt }: JournalItem): ComponentChild {
  return h(
    "details",
    null,
    h("summary", null, "Reason, changes, checks"),
    h("p", null, foreign(planned.reason)),
    h(
      "div",
      { class: "lists" },
      changeList(planned),
      needList(planned),
      checkList(verification?.checks ?? [], verification?.notExercised ?? []),
    ),
    h(
      "p",
      { class: "muted" },
      `${number(attempts)} ${attempts === 1 ? "attempt" : "attempts"}, last change ${time(updatedAt)}.`,
    ),
  );
}

function changeList({ changes }: PlannedKey): ComponentChild {
  if (changes.length === 0) return null;
  const items = changes.map(({ what, from, to }) =>
    h(
      "li",
      null,
      h("strong", null, foreign(what)),
      ": ",
      foreign(from),
      h("span", { class: "arrow" }, " → "),
      foreign(to),
    ),
  );
  return h("div", null, h("h3", null, "Changes"), h("ul", null, ...items));
}

function needList({ needs }: PlannedKey): ComponentChild {
  if (needs.length === 0) return null;
  const items = needs.map(({ side, kind, text }) => h("li", null, `${kind} at the ${side}: `, foreign(text)));
  return h("div", null, h("h3", null, "Needs"), h("ul", null, ...items));
}

function checkList(
  checks: readonly VerificationCheck[],
  notExercised: readonly { readonly usage: string; readonly reason: string }[],
): ComponentChild {
  if (checks.length === 0 && notExercised.length === 0) return null;
  const items = checks.map(({ name, passed, detail }) =>
    h("li", null, badge(passed ? "good" : "bad", passed ? "✓" : "✕", name), " ", foreign(detail)),
  );
  const open = notExercised.map(({ usage, reason }) =>
    h("li", null, badge("plain", "–", usage), " not tried: ", foreign(reason)),
  );
  return h("div", { class: "checked" }, h("h3", null, "Checks"), h("ul", { class: "checks" }, ...items, ...open));
}

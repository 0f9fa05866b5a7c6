/** Small pieces of the page. */

import { type ComponentChild, type ComponentChildren, h } from "preact";
import { STATES, type Tone } from "./words.ts";
import type { ItemState } from "../journal/journal.ts";
import { visibleText } from "./visible-text.ts";

/** Text from outside: isolated from the direction of its surroundings, with unseen characters shown. */
export function foreign(text: string): ComponentChild {
  return h("bdi", null, visibleText(text));
}

/** An address, a digest or another long name without spaces. */
export function code(text: string): ComponentChild {
  return h("code", null, h("bdi", { dir: "ltr" }, visibleText(text)));
}

/** A word with a sign and a tone. */
export function badge(tone: Tone, sign: string, word: string): ComponentChild {
  return h("span", { class: `badge ${tone}` }, h("span", { "aria-hidden": "true" }, sign), " ", word);
}

/** The badge of a state. */
export function stateBadge(state: ItemState): ComponentChild {
  const { tone, sign } = STATES[state];
  return badge(tone, sign, state);
}

/** A section with a heading; its id is its place in the page. */
export function section(id: string, title: string, ...children: ComponentChildren[]): ComponentChild {
  return h("section", { id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), ...children);
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly class?: "number" | "wide";
}

/** A cell: its content. */
export type Cell = ComponentChildren;

/**
 * A table whose rows become cards on a narrow screen. The roles are written out: browsers forget them when the layout is
 * not that of a table.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): ComponentChild {
  return h(
    "table",
    { role: "table" },
    h("caption", null, caption),
    tableHead(columns),
    h("tbody", { role: "rowgroup" }, ...rows.map((cells) => h("tr", { role: "row" }, ...tableCells(columns, cells)))),
  );
}

/** The head of a table. */
export function tableHead(columns: readonly Column[]): ComponentChild {
  const heads = columns.map(({ title, class: kind }) =>
    h("th", { role: "columnheader", scope: "col", ...(kind === undefined ? {} : { class: kind }) }, title),
  );
  return h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...heads));
}

/** The cells of a row; the first names the row. */
export function tableCells(columns: readonly Column[], cells: readonly Cell[]): ComponentChild[] {
  return columns.map(({ title, class: kind }, index) => {
    const common = { "data-title": title, ...(kind === undefined ? {} : { class: kind }) };
    return index === 0
      ? h("th", { role: "rowheader", scope: "row", ...common }, cells[index])
      : h("td", { role: "cell", ...common }, cells[index]);
  });
}

/** Terms and what they are. */
export function facts(entries: readonly (readonly [string, ComponentChildren])[]): ComponentChild {
  return h(
    "dl",
    { class: "facts" },
    ...entries.map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, value))),
  );
}

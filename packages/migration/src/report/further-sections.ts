/** What needs somebody, what stays, what happened, and where the evidence is. */

import { type ComponentChild, h } from "preact";
import { code, foreign, section, stateBadge, table } from "./elements.ts";
import type { ReportData } from "./report-data.ts";
import { keys, number, time } from "./words.ts";

/** Failures first: what failed or waits, with the error's own words. */
export function attention({ attention: items, counts }: ReportData): ComponentChild {
  const all = counts.failed + counts.waiting;
  if (all === 0) {
    return section(
      "attention",
      "Needs attention",
      h("p", null, "Nothing: no key failed, and none waits for an approval."),
    );
  }
  return section(
    "attention",
    "Needs attention",
    ...(items.length < all ? [h("p", null, `The first ${number(items.length)} of ${number(all)} keys.`)] : []),
    table(
      "Keys that failed or wait for an approval",
      [{ title: "Key" }, { title: "State" }, { title: "What to know", class: "wide" }],
      items.map(({ planned, state, error, ticket }) => [
        h(
          "div",
          { class: "key" },
          h("span", { class: "label" }, foreign(planned.source.label)),
          code(planned.source.uri),
        ),
        stateBadge(state),
        error === undefined
          ? ["Approval ", code(ticket?.approval ?? ticket?.reference ?? "unknown"), " is pending."]
          : [h("strong", null, error.code), ": ", foreign(error.message)],
      ]),
    ),
  );
}

/** Keys that stay, by what the target lacks. */
export function retained({ retained: groups, retainedElsewhere, counts }: ReportData): ComponentChild {
  if (groups.length === 0) return null;
  return section(
    "retained",
    `What stays at the source: ${keys(counts.retained)}`,
    table(
      "Keys that stay, by what the target lacks",
      [
        { title: "Key type" },
        { title: "Keys", class: "number" },
        { title: "Why, and what to do instead", class: "wide" },
        { title: "For example", class: "wide" },
      ],
      groups.map(({ keyType, reason, keys: count, examples }) => [
        keyType,
        number(count),
        foreign(reason),
        h("ul", { class: "plain" }, ...examples.map(({ label, uri }) => h("li", null, foreign(label), " ", code(uri)))),
      ]),
    ),
    ...(retainedElsewhere === 0
      ? []
      : [h("p", null, `${keys(retainedElsewhere)} more stay for other reasons; the journal has them.`)]),
  );
}

/** What happened, oldest first. */
export function timeline({ events, eventsLeftOut, run }: ReportData): ComponentChild {
  return section(
    "timeline",
    "Timeline",
    ...(eventsLeftOut === 0
      ? []
      : [h("p", null, `${number(eventsLeftOut)} events in the middle are left out; the evidence has them.`)]),
    table(
      "Events of the run",
      [{ title: "When" }, { title: "What" }, { title: "Details", class: "wide" }, { title: "Worker" }],
      events.map(({ at, kind, text, worker }) => [
        h("time", { datetime: new Date(at).toISOString() }, time(at)),
        kind,
        foreign(text),
        foreign(worker),
      ]),
    ),
    ...(run.cutOvers.length === 0
      ? []
      : [
          h("h3", null, "Cut-overs in the registry's audit"),
          h("ul", null, ...run.cutOvers.map((id) => h("li", null, code(id)))),
        ]),
  );
}

/** Where the evidence is and how it is checked. */
export interface EvidenceNote {
  /** The folder's name, as people know it. */
  readonly folder: string;
  /** The root digest. */
  readonly digest: string;
}

/** How an auditor goes on from here. */
export function evidence(note: EvidenceNote | undefined): ComponentChild {
  const text =
    note === undefined
      ? [
          h(
            "p",
            null,
            "This page is a view of the migration journal. An evidence bundle of the run holds what it shows in a form that can be checked.",
          ),
        ]
      : [
          h(
            "p",
            null,
            "The evidence bundle ",
            code(note.folder),
            " holds what this page shows in a form that can be checked. Its root digest:",
          ),
          h("p", { class: "digest" }, code(note.digest)),
          h(
            "p",
            null,
            "Keep the digest apart from the bundle: whoever can change the bundle could change a digest that lies beside it.",
          ),
        ];
  return section("evidence", "Evidence", ...text);
}

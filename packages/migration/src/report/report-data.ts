/** What a report shows, gathered from the journal in one pass: memory does not grow with the number of keys. */

import { createHash } from "node:crypto";
import { encodeBase64Url, KEY_TYPES, type KeyType } from "@keyrail/core";
import type { ItemCounts, ItemState, Journal, JournalEvent, JournalItem, Run } from "../journal/journal.ts";
import { journalLine } from "../journal/journal-line.ts";
import { STRATEGIES, type Strategy } from "../plan/plan.ts";

/** Keys of one type, by strategy. */
export interface TypeCount {
  readonly keyType: KeyType;
  readonly strategies: Readonly<Record<Strategy, number>>;
}

/** Keys that stay for one reason. */
export interface RetainedGroup {
  readonly keyType: KeyType;
  readonly reason: string;
  readonly keys: number;
  /** The first few, as label and key URI. */
  readonly examples: readonly { readonly label: string; readonly uri: string }[];
}

/** How many keys something changes for. */
export interface ChangeCount {
  readonly what: string;
  readonly keys: number;
}

/** Everything a report shows. */
export interface ReportData {
  readonly run: Run;
  readonly counts: ItemCounts;
  readonly journalDigest: string;
  readonly types: readonly TypeCount[];
  readonly changes: readonly ChangeCount[];
  readonly retained: readonly RetainedGroup[];
  /** Retained keys in groups beyond those listed. */
  readonly retainedElsewhere: number;
  readonly proofs: readonly { readonly kind: string; readonly keys: number }[];
  readonly checks: { readonly passed: number; readonly failed: number };
  /** Failed keys, and keys that wait for an approval. */
  readonly attention: readonly JournalItem[];
  readonly rows: readonly JournalItem[];
  readonly events: readonly JournalEvent[];
  /** Events left out between the first and the last ones. */
  readonly eventsLeftOut: number;
}

/** The bounds of a report. */
export interface ReportBounds {
  /** Rows of the table of keys. */
  readonly rows: number;
}

const LISTED_GROUPS = 200;
const EXAMPLES = 5;
const ATTENTION = 200;
const FIRST_EVENTS = 100;
const LAST_EVENTS = 400;
const LEFT: readonly ItemState[] = ["failed", "waiting"];

/** Reads a run. */
export async function gatherReport(journal: Journal, id: string, bounds: ReportBounds): Promise<ReportData> {
  const run = await journal.run(id);
  const tally = new Tally();
  const urgent: JournalItem[] = [];
  const others: JournalItem[] = [];
  const hash = createHash("sha256");
  for await (const item of journal.items(id)) {
    tally.add(item);
    hash.update(`${journalLine(item)}\n`);
    // Failures beyond the bound still come before everything else.
    const list = LEFT.includes(item.state) ? urgent : others;
    if (list.length < bounds.rows) list.push(item);
  }
  const events = await readEvents(journal, id);
  const failed = urgent.filter(({ state }) => state === "failed");
  const waiting = urgent.filter(({ state }) => state === "waiting");
  const attention = [...failed, ...waiting];
  return {
    run,
    counts: await journal.counts(id),
    // As `Journal.digest` has it, without a pass of its own.
    journalDigest: `sha-256:${encodeBase64Url(hash.digest())}`,
    ...tally.result(),
    attention: attention.slice(0, ATTENTION),
    rows: [...attention, ...others].slice(0, bounds.rows),
    ...events,
  };
}

async function readEvents(journal: Journal, id: string): Promise<Pick<ReportData, "events" | "eventsLeftOut">> {
  const first: JournalEvent[] = [];
  const last: JournalEvent[] = [];
  let eventsLeftOut = 0;
  for await (const event of journal.events(id)) {
    if (first.length < FIRST_EVENTS) {
      first.push(event);
    } else {
      last.push(event);
      if (last.length > LAST_EVENTS) {
        last.shift();
        eventsLeftOut++;
      }
    }
  }
  return { events: [...first, ...last], eventsLeftOut };
}

/** Counts what the plan and the results say. */
class Tally {
  readonly #types = new Map<KeyType, Record<Strategy, number>>();
  readonly #changes = new Map<string, number>();
  readonly #proofs = new Map<string, number>();
  readonly #retained = new Map<
    string,
    { group: RetainedGroup; keys: number; examples: RetainedGroup["examples"][number][] }
  >();
  #retainedElsewhere = 0;
  #passed = 0;
  #failed = 0;

  add({ planned, strategy, proof, verification }: JournalItem): void {
    const { source, reason, changes } = planned;
    const strategies = this.#types.get(source.keyType) ?? { import: 0, rotate: 0, adopt: 0, retain: 0 };
    strategies[strategy]++;
    this.#types.set(source.keyType, strategies);
    for (const what of new Set(changes.map((change) => change.what))) count(this.#changes, what);
    if (proof !== undefined) count(this.#proofs, proof.kind);
    for (const { passed } of verification?.checks ?? []) {
      if (passed) this.#passed++;
      else this.#failed++;
    }
    if (strategy === "retain") this.#retain(source.keyType, reason, { label: source.label, uri: source.uri });
  }

  #retain(keyType: KeyType, reason: string, example: RetainedGroup["examples"][number]): void {
    const name = `${keyType}\0${reason}`;
    const known = this.#retained.get(name);
    if (known !== undefined) {
      known.keys++;
      if (known.examples.length < EXAMPLES) known.examples.push(example);
    } else if (this.#retained.size < LISTED_GROUPS) {
      const examples = [example];
      this.#retained.set(name, { group: { keyType, reason, keys: 1, examples }, keys: 1, examples });
    } else {
      this.#retainedElsewhere++;
    }
  }

  result(): Pick<ReportData, "types" | "changes" | "retained" | "retainedElsewhere" | "proofs" | "checks"> {
    return {
      types: KEY_TYPES.flatMap((keyType) => {
        const strategies = this.#types.get(keyType);
        return strategies === undefined ? [] : [{ keyType, strategies }];
      }),
      changes: sorted(this.#changes).map(([what, keys]) => ({ what, keys })),
      retained: [...this.#retained.values()]
        .map(({ group, keys, examples }) => ({ ...group, keys, examples }))
        .sort((left, right) => right.keys - left.keys),
      retainedElsewhere: this.#retainedElsewhere,
      proofs: sorted(this.#proofs).map(([kind, keys]) => ({ kind, keys })),
      checks: { passed: this.#passed, failed: this.#failed },
    };
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort((left, right) => right[1] - left[1]);
}

/** The strategies that a run has, in the order of the vocabulary. */
export function strategiesOf({ run }: ReportData): readonly Strategy[] {
  return STRATEGIES.filter((strategy) => run.summary.strategies[strategy] > 0);
}

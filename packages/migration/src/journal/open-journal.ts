/** The journal over a database. */

import { createHash, randomUUID } from "node:crypto";
import { encodeBase64Url, printable } from "@keyrail/core";
import { openDatabase } from "@keyrail/database";
import { sql } from "kysely";
import type {
  CreateRunOptions,
  ItemCounts,
  ItemFilter,
  Journal,
  JournalEvent,
  JournalItem,
  LeaseOptions,
  ItemState,
  NewJournalEvent,
  PlanToRun,
  Run,
  RunChange,
  RunState,
  Slice,
  WorkerLease,
} from "./journal.ts";
import { ITEM_STATES, READY_STATES } from "./journal.ts";
import type { Strategy } from "../plan/plan.ts";
import { readItem, readItems, readRows } from "./item-reader.ts";
import { journalLine } from "./journal-line.ts";
import { JournalStore, noRun, readRun, refused } from "./journal-store.ts";
import { retryFailed } from "./retry-failed.ts";
import { loadRun } from "./run-loader.ts";
import {
  cutOversSchema,
  eventKindSchema,
  itemStateSchema,
  readStored,
  readStoredJson,
  runStateSchema,
  strategySchema,
} from "./stored-values.ts";
import { JOURNAL_SCHEMA, type JournalTables } from "./tables.ts";
import { StoredLease } from "./worker-lease.ts";

/** Events per query. */
const PAGE = 500;

const NO_ITEMS: ItemCounts = {
  planned: 0,
  retained: 0,
  made: 0,
  waiting: 0,
  proved: 0,
  verified: 0,
  failed: 0,
  "rolled-back": 0,
  finalised: 0,
};

/** Where the journal is. */
export interface OpenJournalOptions {
  /** An SQLite file (a path, or `sqlite:PATH`) or `postgres://…`; made where there is none. */
  readonly database: string;
  /** PostgreSQL only: connections at once. */
  readonly connections?: number;
}

/**
 * Opens the journal.
 * @throws KeyrailError `InvalidConfiguration` for a URI of another kind; `StoreUnavailable` when it can't be reached,
 * read or written, or was written by a newer version.
 */
export async function openJournal(options: OpenJournalOptions): Promise<Journal> {
  const { database, connections } = options;
  const opened = await openDatabase<JournalTables>(
    database,
    JOURNAL_SCHEMA,
    connections === undefined ? {} : { connections },
  );
  return new StoredJournal(new JournalStore(opened));
}

class StoredJournal implements Journal {
  readonly location: string;
  readonly #store: JournalStore;

  constructor(store: JournalStore) {
    this.#store = store;
    this.location = store.database.location;
  }

  createRun(plan: PlanToRun, options: CreateRunOptions): Promise<Run> {
    return loadRun(this.#store, plan, options);
  }

  async run(id: string): Promise<Run> {
    const row = await this.#store.database.run((query) =>
      query.selectFrom("migration_run").selectAll().where("id", "=", id).executeTakeFirst(),
    );
    if (row === undefined) throw noRun(id);
    return readRun(row);
  }

  async runs(): Promise<readonly Run[]> {
    const rows = await this.#store.database.run((query) =>
      query.selectFrom("migration_run").selectAll().orderBy("number", "desc").execute(),
    );
    return rows.map(readRun);
  }

  async changeRun(id: string, change: RunChange): Promise<Run> {
    const run = await this.#store.number(id);
    return this.#store.change(async (query, now) => {
      const row = await query
        .updateTable("migration_run")
        .set({ state: change.to, updated_at: now })
        .where("number", "=", run)
        .where("state", "in", [...change.from])
        .where("events", ">", 0)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) {
        const { state, events } = await query
          .selectFrom("migration_run")
          .select(["state", "events"])
          .where("number", "=", run)
          .executeTakeFirstOrThrow();
        if (events === 0)
          throw refused(
            `The run ${id} has not taken in its whole plan yet; take it in again with the plan file.`,
            "incomplete",
          );
        const wanted = change.from.join(" or ");
        throw refused(`The run ${id} is ${state}; this needs a run that is ${wanted}.`, `run is ${state}`);
      }
      await this.#store.addEvent(query, run, now, safe(change.event));
      return readRun(row);
    });
  }

  async addEvent(id: string, event: NewJournalEvent): Promise<void> {
    const run = await this.#store.number(id);
    await this.#store.change((query, now) => this.#store.addEvent(query, run, now, safe(event)));
  }

  async *events(id: string): AsyncGenerator<JournalEvent, void> {
    const run = await this.#store.number(id);
    let after = 0;
    for (;;) {
      const last = after;
      const rows = await this.#store.database.run((query) =>
        query
          .selectFrom("migration_event")
          .select(["sequence", "at", "worker", "kind", "text"])
          .where("run", "=", run)
          .where("sequence", ">", last)
          .orderBy("sequence")
          .limit(PAGE)
          .execute(),
      );
      for (const row of rows) {
        yield { ...row, kind: readStored(eventKindSchema, row.kind, "an event") };
        after = row.sequence;
      }
      if (rows.length < PAGE) return;
    }
  }

  async addCutOver(id: string, auditId: string): Promise<void> {
    const run = await this.#store.number(id);
    await this.#store.database.transaction(async (query) => {
      const row = await query
        .selectFrom("migration_run")
        .select("cut_overs")
        .where("number", "=", run)
        .executeTakeFirstOrThrow();
      const known = readStoredJson(cutOversSchema, row.cut_overs, "a list of cut-overs");
      if (known.includes(auditId)) return;
      await query
        .updateTable("migration_run")
        .set({ cut_overs: JSON.stringify([...known, auditId]) })
        .where("number", "=", run)
        .execute();
    });
  }

  async state(id: string): Promise<RunState> {
    const row = await this.#store.database.run((query) =>
      query.selectFrom("migration_run").select("state").where("id", "=", id).executeTakeFirst(),
    );
    if (row === undefined) throw noRun(id);
    return readStored(runStateSchema, row.state, "a run state");
  }

  async counts(id: string): Promise<ItemCounts> {
    const sum: Record<ItemState, number> = { ...NO_ITEMS };
    for (const counts of Object.values(await this.strategyCounts(id))) {
      for (const state of ITEM_STATES) sum[state] += counts[state];
    }
    return sum;
  }

  async strategyCounts(id: string): Promise<Readonly<Record<Strategy, ItemCounts>>> {
    const run = await this.#store.number(id);
    const rows = await this.#store.database.run((query) =>
      query.selectFrom("migration_count").select(["state", "strategy", "items"]).where("run", "=", run).execute(),
    );
    const none = (): Record<ItemState, number> => ({ ...NO_ITEMS });
    const counts = { import: none(), rotate: none(), adopt: none(), retain: none() };
    for (const { state, strategy, items } of rows) {
      const ofStrategy = counts[readStored(strategySchema, strategy, "a count")];
      ofStrategy[readStored(itemStateSchema, state, "a count")] += items;
    }
    return counts;
  }

  async *items(id: string, filter: ItemFilter = {}): AsyncGenerator<JournalItem, void> {
    yield* readItems(this.#store, await this.#store.number(id), filter);
  }

  async item(id: string, ordinal: number): Promise<JournalItem | undefined> {
    const run = await this.#store.number(id);
    const [row] = await this.#store.database.run((query) => readRows(this.#store.kind, query, run, [ordinal]));
    return row === undefined ? undefined : readItem(row);
  }

  async join(id: string, name: string, options: LeaseOptions = {}): Promise<WorkerLease> {
    const run = await this.#store.number(id);
    const lease = new StoredLease(this.#store, run, `${printable(name, 80)}#${randomUUID().slice(0, 8)}`, options);
    await lease.enter();
    return lease;
  }

  async readySlices(id: string, size: number, within?: Slice): Promise<readonly number[]> {
    const run = await this.#store.number(id);
    const { from, to } = within ?? { from: 0, to: 2 ** 31 - 1 };
    const { rows } = await this.#store.database.run((query) =>
      sql<{ start: number }>`select distinct (ordinal / ${sql.lit(size)}) * ${sql.lit(size)} as start
        from migration_item
        where run = ${run} and state in (${sql.join(READY_STATES)}) and ordinal between ${from} and ${to}
        order by start`.execute(query),
    );
    return rows.map(({ start }) => start);
  }

  async retryFailed(id: string): Promise<number> {
    const run = await this.#store.number(id);
    return retryFailed(this.#store, run);
  }

  async digest(id: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const item of this.items(id)) hash.update(`${journalLine(item)}\n`);
    return `sha-256:${encodeBase64Url(hash.digest())}`;
  }

  close(): Promise<void> {
    return this.#store.database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Texts of events reach reports and terminals. */
function safe(event: NewJournalEvent): NewJournalEvent {
  return { ...event, worker: printable(event.worker), text: printable(event.text) };
}

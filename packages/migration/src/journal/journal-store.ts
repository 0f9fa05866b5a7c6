/** What every part of the journal stands on: the database, short transactions, and finding a run. */

import { KeyrailError } from "@keyrail/core";
import type { Database } from "@keyrail/database";
import type { Selectable, Transaction } from "kysely";
import type { NewJournalEvent, Run } from "./journal.ts";
import { databaseTime, type Query } from "./rows.ts";
import { cutOversSchema, readStored, readStoredJson, runStateSchema } from "./stored-values.ts";
import { planSchemas } from "../plan/plan-schema.ts";
import type { Tally } from "./tally.ts";
import type { JournalTables, RunTable } from "./tables.ts";

/** The database under a journal. */
export class JournalStore {
  readonly database: Database<JournalTables>;
  /** Numbers of runs by id; a run keeps its number. */
  readonly #numbers = new Map<string, number>();

  constructor(database: Database<JournalTables>) {
    this.database = database;
  }

  get kind(): Database<JournalTables>["kind"] {
    return this.database.kind;
  }

  /**
   * One transaction that sees what others have committed. Serializable ones would be begun anew over and over by
   * workers that touch different rows of the same page; here row locks and the worker's own column are the fence.
   */
  change<Result>(work: (transaction: Transaction<JournalTables>, now: number) => Promise<Result>): Promise<Result> {
    return this.database.run((query) => {
      const builder = query.transaction();
      const begin = this.kind === "sqlite" ? builder : builder.setIsolationLevel("read committed");
      return begin.execute(async (transaction) => work(transaction, await databaseTime(this.kind, transaction)));
    });
  }

  /** The short name of a run. @throws KeyrailError `InvalidRequest` when there is none. */
  async number(id: string): Promise<number> {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const row = await this.database.run((query) =>
      query.selectFrom("migration_run").select("number").where("id", "=", id).executeTakeFirst(),
    );
    if (row === undefined) throw noRun(id);
    this.#numbers.set(id, row.number);
    return row.number;
  }

  /** Adds differences to the counts of a run. Each worker has rows of its own, so that none waits for another. */
  async count(query: Query, run: number, worker: string, tally: Tally): Promise<void> {
    for (const [state, strategy, items] of tally) {
      if (items === 0) continue;
      await query
        .insertInto("migration_count")
        .values({ run, worker, state, strategy, items })
        .onConflict((conflict) =>
          conflict
            .columns(["run", "worker", "state", "strategy"])
            .doUpdateSet((row) => ({ items: row("migration_count.items", "+", row.ref("excluded.items")) })),
        )
        .execute();
    }
  }

  /** Writes an event as the next of its run. */
  async addEvent(query: Query, run: number, now: number, event: NewJournalEvent): Promise<void> {
    // The run's row is locked by this update, so that sequences have no gap and no double.
    const { events } = await query
      .updateTable("migration_run")
      .set((row) => ({ events: row("events", "+", 1), updated_at: now }))
      .where("number", "=", run)
      .returning("events")
      .executeTakeFirstOrThrow();
    const { worker, kind, text } = event;
    const row = { run, sequence: events, at: now, worker, kind, text } satisfies Record<string, unknown>;
    await query.insertInto("migration_event").values(row).execute();
  }
}

/** A run as its callers see it. */
export function readRun(row: Selectable<RunTable>): Run {
  return {
    id: row.id,
    header: readStoredJson(planSchemas.header, row.header, "a plan header"),
    summary: readStoredJson(planSchemas.summary, row.summary, "a plan summary"),
    state: readStored(runStateSchema, row.state, "a run state"),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    cutOvers: readStoredJson(cutOversSchema, row.cut_overs, "a list of cut-overs"),
  };
}

/** `InvalidRequest` for a run that is not in the journal. */
export function noRun(id: string): KeyrailError<"InvalidRequest"> {
  return new KeyrailError("InvalidRequest", `The journal has no run ${id}.`, { path: "run" });
}

/** `OperationRefused`: something is not as the call needs it; nothing was changed. */
export function refused(text: string, reason: string): KeyrailError<"OperationRefused"> {
  return new KeyrailError("OperationRefused", text, { provider: "migration journal", reason });
}

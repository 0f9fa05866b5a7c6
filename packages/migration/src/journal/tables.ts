/**
 * The journal's tables. What is read often and changed often is narrow: a scan over the states of a million keys reads
 * none of their plans and results.
 */

import type { DatabaseSchema } from "@keyrail/database";
import { type Kysely, sql, SqliteAdapter } from "kysely";

/** One run. */
export interface RunTable {
  /** Short name of the run inside the database. */
  number: number;
  id: string;
  state: string;
  header: string;
  summary: string;
  plan_digest: string;
  /** How many keys of the plan are in the journal. */
  loaded: number;
  /** How many it has. */
  keys: number;
  /** How many events there are: the next one's sequence is one more. */
  events: number;
  cut_overs: string;
  created_at: number;
  updated_at: number;
}

/** Where an item stands, and who works on it. */
export interface ItemTable {
  run: number;
  ordinal: number;
  state: string;
  strategy: string;
  /** The worker that holds the item. */
  worker: string | null;
  attempts: number;
  updated_at: number;
}

/** What the plan says of an item; written once. */
export interface PlannedTable {
  run: number;
  ordinal: number;
  planned: string;
}

/** What became of an item. An empty text is none: it was taken away. */
export interface ResultTable {
  run: number;
  ordinal: number;
  target: string | null;
  target_public_key: string | null;
  ticket: string | null;
  proof: string | null;
  verification: string | null;
  error: string | null;
}

/** A lease. */
export interface WorkerTable {
  run: number;
  worker: string;
  /** Milliseconds since the epoch by the database's clock. */
  lease_until: number;
  /** When it was renewed last, by the same clock. */
  renewed_at: number;
  /** Which process of which machine: see `process-identity.ts`. */
  process: string;
}

/** How many items of a strategy stand in a state, as differences made by each worker: the sum over the workers is the count. */
export interface CountTable {
  run: number;
  worker: string;
  state: string;
  strategy: string;
  items: number;
}

export interface EventTable {
  run: number;
  sequence: number;
  at: number;
  worker: string;
  kind: string;
  text: string;
}

/** All tables of the journal. */
export interface JournalTables {
  migration_run: RunTable;
  migration_item: ItemTable;
  migration_planned: PlannedTable;
  migration_result: ResultTable;
  migration_worker: WorkerTable;
  migration_count: CountTable;
  migration_event: EventTable;
}

/** The tables as numbered changes. */
export const JOURNAL_SCHEMA: DatabaseSchema = {
  component: "migration",
  changes: { "0001-journal": { up: createTables } },
};

async function createTables<Tables>(query: Kysely<Tables>): Promise<void> {
  const { schema } = query;
  // Without a row id of its own a narrow SQLite table is one tree instead of two.
  const narrow = query.getExecutor().adapter instanceof SqliteAdapter ? sql`without rowid` : sql``;
  await schema
    .createTable("migration_run")
    .addColumn("number", "integer", (column) => column.primaryKey())
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("header", "text", (column) => column.notNull())
    .addColumn("summary", "text", (column) => column.notNull())
    .addColumn("plan_digest", "text", (column) => column.notNull())
    .addColumn("loaded", "integer", (column) => column.notNull())
    .addColumn("keys", "integer", (column) => column.notNull())
    .addColumn("events", "integer", (column) => column.notNull())
    .addColumn("cut_overs", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .execute();
  await schema
    .createTable("migration_item")
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("ordinal", "integer", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("strategy", "text", (column) => column.notNull())
    .addColumn("worker", "text")
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("migration_item_key", ["run", "ordinal"])
    .modifyEnd(narrow)
    .execute();
  await schema.createIndex("migration_item_state").on("migration_item").columns(["run", "state", "ordinal"]).execute();
  await schema
    .createTable("migration_planned")
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("ordinal", "integer", (column) => column.notNull())
    .addColumn("planned", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("migration_planned_key", ["run", "ordinal"])
    .execute();
  await schema
    .createTable("migration_result")
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("ordinal", "integer", (column) => column.notNull())
    .addColumn("target", "text")
    .addColumn("target_public_key", "text")
    .addColumn("ticket", "text")
    .addColumn("proof", "text")
    .addColumn("verification", "text")
    .addColumn("error", "text")
    .addPrimaryKeyConstraint("migration_result_key", ["run", "ordinal"])
    .execute();
  await schema
    .createTable("migration_worker")
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("worker", "text", (column) => column.notNull())
    .addColumn("lease_until", "bigint", (column) => column.notNull())
    .addColumn("renewed_at", "bigint", (column) => column.notNull())
    .addColumn("process", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("migration_worker_key", ["run", "worker"])
    .execute();
  await schema
    .createTable("migration_count")
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("worker", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("strategy", "text", (column) => column.notNull())
    .addColumn("items", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("migration_count_key", ["run", "worker", "state", "strategy"])
    .execute();
  await schema
    .createTable("migration_event")
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("sequence", "integer", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("worker", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("text", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("migration_event_key", ["run", "sequence"])
    .execute();
}

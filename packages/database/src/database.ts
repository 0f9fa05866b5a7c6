import type { Kysely, Transaction } from "kysely";
import type { Migration } from "kysely/migration";
import type { ChangeWatch } from "./change-watch.ts";

/** Which engine answers. */
export type DatabaseKind = "sqlite" | "postgresql";

/** The tables of one component, as numbered changes, oldest first. Names sort as they are applied. */
export interface DatabaseSchema {
  /** The component: `registry`, `migration`. Its changes are counted on their own, so components share a database. */
  readonly component: string;
  readonly changes: Readonly<Record<string, Migration>>;
}

/** How a transaction is kept apart from others. */
export interface TransactionOptions {
  /**
   * One at a time: it waits for other exclusive transactions of its component, in any process, and none has to begin
   * anew. For components whose changes are short and all exclusive. On SQLite every transaction is.
   */
  readonly exclusive?: boolean;
}

/** An open database with the tables of one component. `Tables` are Kysely's table types. */
export interface Database<Tables> extends AsyncDisposable {
  readonly kind: DatabaseKind;
  /** Where it is, for people: a file's path, or host, port and database name; never a user's name or password. */
  readonly location: string;
  /** Queries outside a transaction. Errors are the engine's own; {@link Database.run} gives Keyrail's. */
  readonly query: Kysely<Tables>;
  /**
   * Runs queries and gives Keyrail's errors: `StoreUnavailable` when the database can't be reached, read or written
   * (nothing of a failed statement stays).
   */
  run<Result>(work: (query: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /**
   * Runs `work` in one transaction, so that what it read still holds when it commits. All of it happens, or nothing.
   *
   * SQLite: the write lock is taken when it begins. PostgreSQL: it is serializable, and begun anew when another
   * transaction got in the way, so `work` does nothing but queries; or `exclusive`.
   * @throws KeyrailError `StoreUnavailable`, with the advice `unknown-outcome` when the connection broke during the
   * commit; what `work` throws passes as it is, after a roll-back.
   */
  transaction<Result>(
    work: (transaction: Transaction<Tables>) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /**
   * Watches for changes that others commit. On PostgreSQL it keeps one more connection, until the database is closed.
   */
  watch(channel: string): ChangeWatch;
  /** Tells the watches of a channel when `transaction` commits. On SQLite there is nothing to do. */
  announce(transaction: Transaction<Tables>, channel: string): Promise<void>;
  /** Closes connections. Safe to call twice. */
  close(): Promise<void>;
}

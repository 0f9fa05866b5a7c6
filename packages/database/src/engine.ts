import { type Dialect, type Kysely, type QueryExecutorProvider, sql, type TransactionBuilder } from "kysely";
import type { ChangeWatch } from "./change-watch.ts";
import type { Place } from "./location.ts";

/** What differs between the engines. */
export interface Engine {
  readonly dialect: Dialect;
  begin<Tables>(query: Kysely<Tables>, exclusive: boolean): TransactionBuilder<Tables>;
  /** Waits until no other exclusive transaction of the component is under way. */
  lock(transaction: QueryExecutorProvider): Promise<void>;
  watch(channel: string, closed: AbortSignal): ChangeWatch;
  announce(transaction: QueryExecutorProvider, channel: string): Promise<void>;
}

/**
 * Opens the engine of a place. The engines are loaded when they are used: a service on PostgreSQL reads no SQLite code,
 * nor the other way round.
 */
export async function openEngine(place: Place, uri: string, component: string, connections: number): Promise<Engine> {
  if (place.kind === "sqlite") {
    const { nodeSqliteDialect } = await import("./sqlite-dialect.ts");
    const { openSqliteFile } = await import("./sqlite-connection.ts");
    const { sqliteWatch } = await import("./sqlite-watch.ts");
    const file = await openSqliteFile(place.path);
    return {
      dialect: nodeSqliteDialect(file),
      begin: (query) => query.transaction(),
      lock: () => Promise.resolve(),
      watch: () => sqliteWatch(file),
      announce: () => Promise.resolve(),
    };
  }
  const { postgresqlConfig, postgresqlDialect } = await import("./postgresql-dialect.ts");
  const { postgresqlWatch } = await import("./postgresql-watch.ts");
  const config = postgresqlConfig(uri);
  return {
    dialect: postgresqlDialect(config, connections),
    begin: (query, exclusive) => query.transaction().setIsolationLevel(exclusive ? "read committed" : "serializable"),
    lock: async (transaction) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`keyrail_${component}`}, 0))`.execute(transaction);
    },
    watch: (channel, closed) => postgresqlWatch(config, channel, closed),
    announce: async (transaction, channel) => {
      await sql`select pg_notify(${channel}, '')`.execute(transaction);
    },
  };
}

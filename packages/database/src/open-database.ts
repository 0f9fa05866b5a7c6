import { randomInt } from "node:crypto";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { KeyrailError } from "@keyrail/core";
import {
  type Dialect,
  Kysely,
  type QueryExecutorProvider,
  sql,
  type Transaction,
  type TransactionBuilder,
} from "kysely";
import { Migrator } from "kysely/migration";
import type { ChangeWatch } from "./change-watch.ts";
import type { Database, DatabaseKind, DatabaseSchema } from "./database.ts";
import { databaseError, isSerializationFailure, outcomeUnknown, storeUnavailable } from "./database-errors.ts";

/** How a database is opened. */
export interface OpenDatabaseOptions {
  /** PostgreSQL only: connections at once; default 8. */
  readonly connections?: number;
}

/** How often a serializable transaction is begun before its failure is passed on. */
const ATTEMPTS = 20;

/**
 * Opens `postgres://…` or `postgresql://…` (PostgreSQL 14 or later), else an SQLite file: `sqlite:PATH` or a path alone,
 * `:memory:` for one that ends with the process. The file is made where there is none; the tables of `schema` are made
 * or brought up to date, by one process at a time.
 * @throws KeyrailError `InvalidConfiguration` for a URI of another kind; `StoreUnavailable` when it can't be reached,
 * read or written, or was written by a newer version.
 */
export async function openDatabase<Tables>(
  uri: string,
  schema: DatabaseSchema,
  options: OpenDatabaseOptions = {},
): Promise<Database<Tables>> {
  const place = locate(uri);
  try {
    const engine = await openEngine(place, uri, schema.component, options.connections ?? 8);
    const query = new Kysely<Tables>({ dialect: engine.dialect });
    try {
      await bringUpToDate(query, schema, place);
    } catch (error) {
      await query.destroy();
      throw error;
    }
    return makeDatabase(query, engine, place);
  } catch (error) {
    throw databaseError(error, place.location);
  }
}

/** What kind of database a URI names, and the text that may be shown for it. @throws KeyrailError `InvalidConfiguration`. */
export function databaseLocation(uri: string): { readonly kind: DatabaseKind; readonly location: string } {
  return locate(uri);
}

interface Place {
  readonly kind: DatabaseKind;
  readonly location: string;
  /** SQLite: the path as the engine takes it. */
  readonly path: string;
}

function locate(uri: string): Place {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === "postgres" || scheme === "postgresql") {
    const parsed = URL.parse(uri);
    if (parsed === null) throw wrong("The URI of a PostgreSQL database reads postgres://USER@HOST:PORT/DATABASE.");
    const port = parsed.port === "" ? "" : `:${parsed.port}`;
    const location = `postgres://${parsed.hostname}${port}${parsed.pathname}`;
    return { kind: "postgresql", location, path: "" };
  }
  if (scheme !== undefined && scheme !== "sqlite") {
    throw wrong(`A database is an SQLite file (a path, or sqlite:PATH) or postgres://…; "${scheme}:" is neither.`);
  }
  const path = scheme === "sqlite" ? uri.slice("sqlite:".length) : uri;
  if (path === "") throw wrong("The path of the SQLite file is missing.");
  const file = path === ":memory:" ? path : resolve(path);
  return { kind: "sqlite", location: file, path: file };
}

function wrong(text: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError("InvalidConfiguration", text, { path: "database" });
}

/** What differs between the engines. */
interface Engine {
  readonly dialect: Dialect;
  begin<Tables>(query: Kysely<Tables>, exclusive: boolean): TransactionBuilder<Tables>;
  /** Waits until no other exclusive transaction of the component is under way. */
  lock(transaction: QueryExecutorProvider): Promise<void>;
  watch(channel: string, closed: AbortSignal): ChangeWatch;
  announce(transaction: QueryExecutorProvider, channel: string): Promise<void>;
}

/** The engines are loaded when they are used: a service on PostgreSQL reads no SQLite code, nor the other way round. */
async function openEngine(place: Place, uri: string, component: string, connections: number): Promise<Engine> {
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

async function bringUpToDate<Tables>(query: Kysely<Tables>, schema: DatabaseSchema, place: Place): Promise<void> {
  const migrator = new Migrator({
    db: query,
    provider: { getMigrations: () => Promise.resolve({ ...schema.changes }) },
    migrationTableName: `keyrail_${schema.component}_changes`,
    migrationLockTableName: `keyrail_${schema.component}_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof Error && /previously executed migration .* is missing/.test(error.message)) {
    throw storeUnavailable(place.location, "it was written by a newer version of Keyrail", error);
  }
  throw error instanceof Error ? error : new Error("The tables could not be brought up to date.", { cause: error });
}

function makeDatabase<Tables>(query: Kysely<Tables>, engine: Engine, { kind, location }: Place): Database<Tables> {
  const closed = new AbortController();
  let closing: Promise<void> | undefined;
  let exclusive = Promise.resolve();
  const refuseWhenClosed = (): void => {
    if (closing !== undefined) throw new KeyrailError("Closed", "The database was closed.", { what: "database" });
  };
  const close = (): Promise<void> => {
    closed.abort();
    return (closing ??= query.destroy());
  };
  async function attempts<Result>(
    work: (transaction: Transaction<Tables>) => Promise<Result>,
    alone: boolean,
  ): Promise<Result> {
    refuseWhenClosed();
    for (let attempt = 1; ; attempt += 1) {
      let worked = false;
      try {
        return await engine.begin(query, alone).execute(async (transaction) => {
          if (alone) await engine.lock(transaction);
          const result = await work(transaction);
          worked = true;
          return result;
        });
      } catch (error) {
        if (isSerializationFailure(error) && attempt < ATTEMPTS) {
          // A random pause, so that two who got in each other's way do not do so again.
          await wait(randomInt(4 * attempt));
          continue;
        }
        // Only the commit came after the work: a server that was lost then may have done it.
        throw worked && kind === "postgresql" ? outcomeUnknown(error, location) : databaseError(error, location);
      }
    }
  }
  return {
    kind,
    location,
    query,
    async run(work) {
      refuseWhenClosed();
      try {
        return await work(query);
      } catch (error) {
        throw databaseError(error, location);
      }
    },
    transaction(work, options) {
      if (options?.exclusive !== true) return attempts(work, false);
      // In this process they queue here: one connection waits for those of other processes, and none of its own.
      const result = exclusive.then(() => attempts(work, true));
      exclusive = result.then(
        () => undefined,
        () => undefined,
      );
      return result;
    },
    watch(channel) {
      refuseWhenClosed();
      return engine.watch(channel, closed.signal);
    },
    announce: (transaction, channel) => engine.announce(transaction, channel),
    close,
    [Symbol.asyncDispose]: close,
  };
}

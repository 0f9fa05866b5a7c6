import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Dialect, SqliteDialect } from "kysely";

/** Statements kept compiled. */
const STATEMENTS = 256;

/**
 * Kysely's SQLite dialect over the runtime's own SQLite: write-ahead log, every commit synced to disk, foreign keys on.
 * A lock held by another process is waited for up to 5 seconds.
 */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  const statements = new Map<string, StatementSync>();
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => {
        const statement = prepared(database, statements, sql);
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...parameters.map(inputValue)),
          run: (parameters) => statement.run(...parameters.map(inputValue)),
          iterate: (parameters) => statement.iterate(...parameters.map(inputValue)),
        };
      },
    },
  });
}

/** Opens the file and sets what must hold on every connection. */
export function openSqliteFile(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON");
    if (path !== ":memory:") database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function prepared(database: DatabaseSync, statements: Map<string, StatementSync>, sql: string): StatementSync {
  const known = statements.get(sql);
  if (known !== undefined) {
    statements.delete(sql);
    statements.set(sql, known);
    return known;
  }
  // Kysely begins a plain (deferred) transaction: it could not become a writer once another process has written.
  const statement = database.prepare(sql === "begin" ? "begin immediate" : sql);
  statements.set(sql, statement);
  for (const oldest of statements.keys()) {
    if (statements.size <= STATEMENTS) break;
    statements.delete(oldest);
  }
  return statement;
}

function inputValue(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite can't store a value of type ${typeof value}.`);
}

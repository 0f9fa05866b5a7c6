import { randomInt } from "node:crypto";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import type { CompiledQuery, DatabaseConnection, QueryResult } from "kysely";

/** Statements kept compiled. */
const STATEMENTS = 256;
/** How long a lock that somebody else holds is waited for, milliseconds. */
const LOCK_PATIENCE = 5_000;
/** SQLite's primary result codes (the low byte of `errcode`) for "somebody else holds the lock". */
const BUSY = 5;
const LOCKED = 6;

/**
 * Opens the file and sets what must hold on every connection: write-ahead log, every commit synced to disk, foreign
 * keys on.
 */
export async function openSqliteFile(path: string): Promise<DatabaseSync> {
  // No waiting inside SQLite: it would stop this whole process, and with it the one who is to release the lock.
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA foreign_keys = ON");
    if (path !== ":memory:") {
      await onceUnlocked(() => database.exec("PRAGMA journal_mode = WAL"));
      database.exec("PRAGMA synchronous = FULL");
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Kysely's connection over `node:sqlite`. Statements are kept compiled; locks are waited for without blocking. */
export class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    return onceUnlocked(() => {
      const statement = this.#prepared(sql);
      const values = parameters.map(inputValue);
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the row type is what Kysely made of the query
      if (statement.columns().length > 0) return { rows: statement.all(...values) as Row[] };
      const { changes, lastInsertRowid } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    });
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    for (const oldest of this.#statements.keys()) {
      if (this.#statements.size <= STATEMENTS) break;
      this.#statements.delete(oldest);
    }
    return statement;
  }
}

/** Runs `work`, again and again while somebody else holds the lock, for {@link LOCK_PATIENCE} at most. */
async function onceUnlocked<Result>(work: () => Result): Promise<Result> {
  const end = performance.now() + LOCK_PATIENCE;
  for (let pause = 1; ; pause = Math.min(pause * 2, 32)) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error) || performance.now() > end) throw error;
    }
    // A random part, so that two who wait do not meet again.
    await wait(randomInt(pause, 2 * pause));
  }
}

function isLocked(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return false;
  const primary = error.errcode & 0xff;
  return primary === BUSY || primary === LOCKED;
}

function inputValue(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite can't store a value of type ${typeof value}.`);
}

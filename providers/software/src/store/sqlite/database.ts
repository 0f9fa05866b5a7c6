/** node:sqlite: loaded when first needed, opened the same way everywhere, its errors in our words. */

import type { DatabaseSync } from "node:sqlite";
import { KeyrailError } from "@keyrail/core";
import { storeDamaged, storeUnavailable } from "../store-errors.ts";

/** Longest wait for another process's lock inside one statement, ms: short, since it blocks this thread. */
const BUSY_TIMEOUT_MS = 5;
/** Wait while opening, ms: another process may be recovering the log of a crashed one. */
const OPENING_BUSY_TIMEOUT_MS = 2000;

/** Primary result codes of SQLite. */
const SQLITE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** Loads node:sqlite and opens a file that exists. */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  const sqlite = await import("node:sqlite");
  // Opened as a URI with mode=rw: never creates a file.
  const url = `file:${path.split("/").map(encodeURIComponent).join("/")}?mode=rw`;
  const database = new sqlite.DatabaseSync(url, { timeout: OPENING_BUSY_TIMEOUT_MS });
  try {
    // In WAL mode FULL syncs the log at every commit: a commit that returned survives a power loss.
    database.exec(
      "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF",
    );
    database.prepare("PRAGMA journal_mode = WAL").get();
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** The primary result code of an error of node:sqlite, if it is one. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

/** Whether another process holds the lock. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE.busy || code === SQLITE.locked;
}

/** Whether the file's structure is damaged. */
export function isCorrupt(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE.corrupt || code === SQLITE.notADatabase;
}

/** Whether a statement met a row number that is taken. */
export function isRowTaken(error: unknown): boolean {
  // SQLITE_CONSTRAINT_ROWID and SQLITE_CONSTRAINT_PRIMARYKEY.
  return error instanceof Error && "errcode" in error && (error.errcode === 2579 || error.errcode === 1555);
}

/**
 * An error of node:sqlite as a `KeyrailError`; others are given back.
 * @param committing whether it came from COMMIT, where a failed sync leaves the outcome open.
 */
export function storeError(error: unknown, store: string, committing = false): unknown {
  if (error instanceof KeyrailError) return error;
  switch (resultCode(error)) {
    case undefined:
      return error;
    case SQLITE.busy:
    case SQLITE.locked:
      return storeUnavailable(store, "another process holds its lock for too long", { retry: "safe", cause: error });
    case SQLITE.readOnly:
      return storeUnavailable(store, "it is read-only", { cause: error });
    case SQLITE.full:
      return storeUnavailable(store, "the disk is full; nothing was written", { retry: "safe", cause: error });
    case SQLITE.cannotOpen:
      return storeUnavailable(store, "it can't be opened; check that it and its directory can be read and written", {
        cause: error,
      });
    case SQLITE.io:
      return storeUnavailable(store, committing ? "the disk failed while a change was committed" : "the disk failed", {
        retry: committing ? "unknown-outcome" : "safe",
        cause: error,
      });
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
      return storeDamaged(store, "SQLite finds it malformed", error);
    default:
      return error;
  }
}

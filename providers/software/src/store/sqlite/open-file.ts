/** Looks at a file before SQLite does, so that one that is not a store is refused without being touched. */

import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { storeUnavailable } from "../store-errors.ts";
import { fileError, isErrno } from "./create-file.ts";
import { openDatabase, storeError } from "./database.ts";
import { APPLICATION_ID, FORMAT_VERSION } from "./schema.ts";

/** Length of the header of an SQLite file, bytes. */
const SQLITE_HEADER_BYTES = 100;
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;
const SQLITE_MAGIC = "SQLite format 3\0";

/** Whether there is something at the path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await fs.access(path, constants.F_OK);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw fileError(error, path);
  }
}

/**
 * Opens a store file that exists.
 * @throws KeyrailError `StoreUnavailable` for a file that is no store, is of a newer format or can't be written.
 */
export async function openStoreFile(path: string): Promise<DatabaseSync> {
  try {
    checkHeader(await readHeader(path), path);
    await fs.access(path, constants.R_OK | constants.W_OK);
    // SQLite keeps its log beside the file.
    await fs.access(dirname(path), constants.W_OK);
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    const database = await openDatabase(path);
    try {
      checkFormat(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (error) {
    throw storeError(error, path);
  }
}

async function readHeader(path: string): Promise<Buffer> {
  const file = await fs.open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(SQLITE_HEADER_BYTES), 0, SQLITE_HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function checkHeader(header: Buffer, path: string): void {
  if (
    header.length < SQLITE_HEADER_BYTES ||
    header.toString("latin1", 0, SQLITE_MAGIC.length) !== SQLITE_MAGIC ||
    header.readUInt32BE(APPLICATION_ID_OFFSET) !== APPLICATION_ID
  ) {
    throw storeUnavailable(path, "the file is not a Keyrail key store; it was left as it is");
  }
  refuseNewer(header.readUInt32BE(USER_VERSION_OFFSET), path);
}

function checkFormat(database: DatabaseSync, path: string): void {
  const row = database.prepare("SELECT version, minimum_reader FROM format").get();
  const version = row?.["version"];
  const minimumReader = row?.["minimum_reader"];
  if (typeof version !== "number" || typeof minimumReader !== "number") {
    throw storeUnavailable(path, "it does not say which format it has");
  }
  if (minimumReader > FORMAT_VERSION) refuseNewer(version, path);
}

function refuseNewer(version: number, path: string): void {
  if (version <= FORMAT_VERSION) return;
  throw storeUnavailable(
    path,
    `it has format ${version} and this Keyrail reads up to ${FORMAT_VERSION}; open it with a newer Keyrail`,
  );
}

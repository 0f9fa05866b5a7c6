/** Makes a store file, complete or not at all. */

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { wrapDataKey } from "../../sealing/key-encryption.ts";
import type { KeyEncryptionKey } from "../../sealing/key-encryption-key.ts";
import { DATA_KEY_BYTES } from "../../sealing/record-sealer.ts";
import { wipe } from "@keyrail/core";
import { storeUnavailable } from "../store-errors.ts";
import { openDatabase, storeError } from "./database.ts";
import { encodeHeader, headerBinding } from "./header.ts";
import { APPLICATION_ID, FORMAT_VERSION, SCHEMA } from "./schema.ts";

/**
 * Creates a store with a fresh data key. It is built under another name and linked into place when it is whole and on the
 * disk, so a crash leaves no half-made store; when another process was faster, its store stays. Mode 0600.
 */
export async function createStoreFile(path: string, keyEncryptionKey: KeyEncryptionKey): Promise<void> {
  const storeId = randomBytes(16).toString("base64");
  const dataKey = randomBytes(DATA_KEY_BYTES);
  let wrappedKey;
  try {
    wrappedKey = await wrapDataKey(dataKey, keyEncryptionKey, headerBinding(storeId));
  } finally {
    wipe(dataKey);
  }
  const header = encodeHeader({ storeId, ...wrappedKey });
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString("hex")}.new`);
  try {
    const file = await fs.open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
    await file.close();
    const database = await openDatabase(temporary);
    try {
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}`);
      database.exec(`BEGIN; ${SCHEMA}`);
      database
        .prepare("INSERT INTO format (version, minimum_reader) VALUES (?, ?)")
        .run(FORMAT_VERSION, FORMAT_VERSION);
      database
        .prepare("INSERT INTO header (singleton, facts, wrapped_data_key, checksum) VALUES (1, ?, ?, ?)")
        .run(header.facts, header.wrapped, header.checksum);
      database.exec("COMMIT");
    } finally {
      // Closing moves everything from the log into the file.
      database.close();
    }
    await sync(temporary);
    await linkInto(temporary, path);
    await sync(dirname(path));
  } catch (error) {
    throw fileError(storeError(error, path), path);
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) await fs.rm(temporary + suffix, { force: true });
  }
}

async function linkInto(temporary: string, path: string): Promise<void> {
  try {
    await fs.link(temporary, path);
  } catch (error) {
    // Another process made the store meanwhile: it is opened like any other.
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

async function sync(path: string): Promise<void> {
  const file = await fs.open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether an error is of the file system, with this code. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}

/** Errors of the file system in our words. */
export function fileError(error: unknown, path: string): unknown {
  if (isErrno(error, "ENOENT", "ENOTDIR")) {
    return storeUnavailable(path, "its directory does not exist", { cause: error });
  }
  if (isErrno(error, "EACCES", "EPERM", "EROFS")) {
    return storeUnavailable(path, "this user may not write there", { cause: error });
  }
  if (isErrno(error, "ENOSPC", "EDQUOT")) {
    return storeUnavailable(path, "the disk is full; nothing was written", { retry: "safe", cause: error });
  }
  if (isErrno(error, "EISDIR")) return storeUnavailable(path, "it is a directory", { cause: error });
  return error;
}

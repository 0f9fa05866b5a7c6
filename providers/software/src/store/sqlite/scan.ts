/** Reads records page by page, by row number: no OFFSET, no count. */

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { wipe } from "@keyrail/core";
import type { RecordSealer } from "../../sealing/record-sealer.ts";
import type { KeyEntry } from "../key-entry.ts";
import type { ScanFilter, ScannedRecord } from "../key-entry-store.ts";
import { formatKeyId, partialKeyId, sequenceOfKeyId } from "../key-id.ts";
import { isCorrupt, storeError } from "./database.ts";
import { openRow } from "./rows.ts";

const COLUMNS = "sequence, id, label, description, attributes, public_key, sealed";
type Row = Readonly<Record<string, unknown>>;

/** Every record that matches; damaged ones are given as such. */
export function* scanRecords(
  database: DatabaseSync,
  sealer: RecordSealer,
  store: string,
  filter: ScanFilter,
  pageSize: number,
): Generator<ScannedRecord, void, undefined> {
  const { where, values, position, start } = planScan(filter);
  const order = position.join(", ");
  const next = `(${order}) > (${position.map(() => "?").join(", ")})`;
  const tail = `FROM keys WHERE ${where} AND ${next} ORDER BY ${order} LIMIT ?`;
  const reader: PageReader = {
    pages: database.prepare(`SELECT ${COLUMNS} ${tail}`),
    // Served by the index or the row numbers alone: works where one record is too damaged for SQLite to read.
    positions: database.prepare(`SELECT ${order} ${tail}`),
    single: database.prepare(`SELECT ${COLUMNS} FROM keys WHERE sequence = ?`),
    store,
  };
  let after = start;
  for (;;) {
    const rows = readPage(reader, [...values, ...after, pageSize]);
    for (const row of rows) {
      after = position.map((column) => valueOf(row.position[column]));
      const record = recordOf(row, sealer);
      if (record !== undefined) yield record;
    }
    if (rows.length < pageSize) return;
  }
}

interface PageReader {
  readonly pages: StatementSync;
  readonly positions: StatementSync;
  readonly single: StatementSync;
  readonly store: string;
}

interface ReadRow {
  readonly sequence: number;
  readonly position: Row;
  /** Absent: removed meanwhile. `damaged`: SQLite can't read it. */
  readonly columns: Row | "damaged" | undefined;
}

function readPage(
  { pages, positions, single, store }: PageReader,
  values: readonly SQLInputValue[],
): readonly ReadRow[] {
  try {
    return pages.all(...values).map((columns) => ({ sequence: sequenceOf(columns), position: columns, columns }));
  } catch (error) {
    if (!isCorrupt(error)) throw storeError(error, store);
  }
  try {
    return positions.all(...values).map((position) => {
      const sequence = sequenceOf(position);
      try {
        return { sequence, position, columns: single.get(sequence) };
      } catch (error) {
        if (!isCorrupt(error)) throw error;
        return { sequence, position, columns: "damaged" as const };
      }
    });
  } catch (error) {
    throw storeError(error, store);
  }
}

function recordOf({ sequence, columns }: ReadRow, sealer: RecordSealer): ScannedRecord | undefined {
  if (columns === undefined) return undefined;
  if (columns === "damaged") return { damaged: partialKeyId(sequence) };
  const loaded = openRow(columns, sealer);
  if (loaded !== undefined) {
    wipe(loaded.secret);
    const entry: KeyEntry = loaded.entry;
    if (sequenceOfKeyId(entry.id) === sequence) return entry;
    return { damaged: entry.id };
  }
  const id = columns["id"];
  const text = id instanceof Uint8Array && id.length === 16 ? formatKeyId(id) : "";
  return { damaged: sequenceOfKeyId(text) === sequence ? text : partialKeyId(sequence) };
}

function sequenceOf(row: Row): number {
  const { sequence } = row;
  if (typeof sequence !== "number") throw new TypeError("A row number is an integer.");
  return sequence;
}

function valueOf(value: unknown): SQLInputValue {
  if (typeof value === "string" || typeof value === "number") return value;
  throw new TypeError("A position is of text and integers.");
}

interface ScanPlan {
  readonly where: string;
  readonly values: readonly SQLInputValue[];
  /** The columns pages are ordered by, and where the first page begins (exclusive). */
  readonly position: readonly string[];
  readonly start: readonly SQLInputValue[];
}

function planScan({ label, descriptionPrefix }: ScanFilter): ScanPlan {
  const where = label === undefined ? ["TRUE"] : ["label = ?"];
  const values: SQLInputValue[] = label === undefined ? [] : [label];
  if (descriptionPrefix === undefined) return { where: where.join(), values, position: ["sequence"], start: [-1] };
  // A range, so that the index serves it: text is compared by its UTF-8 bytes, which is the order of code points.
  where.push("description >= ?");
  values.push(descriptionPrefix);
  const end = afterPrefix(descriptionPrefix);
  if (end !== undefined) {
    where.push("description < ?");
    values.push(end);
  }
  return { where: where.join(" AND "), values, position: ["description", "sequence"], start: [descriptionPrefix, -1] };
}

/** The first text after all that start with the prefix; undefined when there is none. */
function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10_ffff) continue;
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

/** Many rows as one parameter: the database takes JSON apart, so that a batch is one statement of constant text. */

import { KeyrailError } from "@keyrail/core";
import type { DatabaseKind } from "@keyrail/database";
import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import type { JournalTables } from "./tables.ts";

/** Where queries go: the database, or a transaction on it. */
export type Query = Kysely<JournalTables> | Transaction<JournalTables>;

/** A table expression: one row per element of `rows`, as JSON in the column `value`; read it with {@link cell}. */
export function jsonRows(
  kind: DatabaseKind,
  rows: readonly (readonly (string | number | null)[])[],
): RawBuilder<unknown> {
  const json = JSON.stringify(rows);
  return kind === "sqlite"
    ? sql`json_each(${json}) as row_list`
    : sql`jsonb_array_elements(${json}::jsonb) as row_list(value)`;
}

/** Text at a place of a row; SQL null for null. */
export function textCell(place: number): RawBuilder<string> {
  return sql<string>`(row_list.value ->> ${sql.lit(place)})`;
}

/** Integer at a place of a row. */
export function integerCell(place: number): RawBuilder<number> {
  return sql<number>`cast(row_list.value ->> ${sql.lit(place)} as bigint)`;
}

/** A condition: the column's value is one of these. */
export function isOneOf(kind: DatabaseKind, column: string, values: readonly number[]): RawBuilder<boolean> {
  return kind === "sqlite"
    ? sql<boolean>`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`
    : sql<boolean>`${sql.ref(column)} = any(${values}::int[])`;
}

/** The database's clock, milliseconds since the epoch: one clock for workers on several machines. */
export async function databaseTime(kind: DatabaseKind, query: Query): Promise<number> {
  if (kind === "sqlite") return Date.now();
  const { rows } = await sql<{
    now: number;
  }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(query);
  const now = rows[0]?.now;
  if (now === undefined)
    throw new KeyrailError("StoreUnavailable", "The database did not tell its time.", { reason: "no time" });
  return now;
}

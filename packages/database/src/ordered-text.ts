import { type Kysely, PostgresAdapter, type RawBuilder, sql } from "kysely";

/**
 * The column type for texts that are compared or sorted: by code point on both engines, whatever the language of the
 * PostgreSQL database. For use in the changes of a schema.
 */
export function orderedText(query: Kysely<unknown>): RawBuilder<unknown> {
  return query.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : sql`text`;
}

import { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import type { Database, DatabaseSchema } from "./database.ts";
import { databaseError, storeUnavailable } from "./database-errors.ts";
import { openEngine } from "./engine.ts";
import { locate, type Place } from "./location.ts";
import { OpenedDatabase } from "./opened-database.ts";

/** How a database is opened. */
export interface OpenDatabaseOptions {
  /** PostgreSQL only: connections at once; default 8. */
  readonly connections?: number;
}

/**
 * Opens `postgres://…` or `postgresql://…` (PostgreSQL 14 or later), else an SQLite file: `sqlite:PATH` or a path
 * alone, `:memory:` for one that ends with the process. The file is made where there is none; the tables of `schema`
 * are made or brought up to date, by one process at a time.
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
    return new OpenedDatabase(query, engine, place);
  } catch (error) {
    throw databaseError(error, place.location);
  }
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

import { type Dialect, PostgresDialect } from "kysely";
import pg from "pg";

/** PostgreSQL's type of 64-bit integers; our times and counters fit a number. */
const INT8 = 20;

/** A pool for `uri`, and its dialect. At most `connections` at once; a connection is given up on after 10 seconds. */
export function postgresqlPool(uri: string, connections: number): { pool: pg.Pool; dialect: Dialect } {
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, Number);
  const pool = new pg.Pool({
    connectionString: uri,
    max: connections,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 10_000,
    application_name: "keyrail",
    types,
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  return { pool, dialect: new PostgresDialect({ pool }) };
}

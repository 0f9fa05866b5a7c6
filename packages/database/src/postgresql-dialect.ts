import { type Dialect, PostgresDialect } from "kysely";
import pg from "pg";

/** PostgreSQL's type of 64-bit integers; our times and counters fit a number. */
const INT8 = 20;

/** How to reach the server; a connection is given up on after 10 seconds. */
export function postgresqlConfig(uri: string): pg.ClientConfig {
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, Number);
  return {
    connectionString: uri,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: "keyrail",
    types,
  };
}

/** Kysely's parts for PostgreSQL over a pool of at most so many connections. */
export function postgresqlDialect(config: pg.ClientConfig, connections: number): Dialect {
  const pool = new pg.Pool({ ...config, max: connections, idleTimeoutMillis: 10_000 });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  return new PostgresDialect({ pool });
}

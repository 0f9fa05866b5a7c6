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
  // The pool replaces a connection that breaks; without listeners, on the pool for idle ones and on each client for those
  // in use, it would end the process. The query that needs it next gives the error.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return new PostgresDialect({ pool });
}

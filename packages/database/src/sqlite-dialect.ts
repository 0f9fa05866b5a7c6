import type { DatabaseSync } from "node:sqlite";
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { SqliteConnection } from "./sqlite-connection.ts";

/** SQLite rolls changes of tables back like any other, so the changes of a component happen as one. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * Kysely's parts for SQLite over the runtime's own SQLite. A transaction takes the write lock when it begins: a plain
 * (deferred) one could not become a writer once another process has written.
 */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createDriver: () => sqliteDriver(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalSqliteAdapter(),
    createIntrospector: (query) => new SqliteIntrospector(query),
  };
}

function sqliteDriver(database: DatabaseSync): Driver {
  const connection = new SqliteConnection(database);
  const execute = async (on: DatabaseConnection, sql: string): Promise<void> => {
    await on.executeQuery(CompiledQuery.raw(sql));
  };
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: (on) => execute(on, "begin immediate"),
    commitTransaction: (on) => execute(on, "commit"),
    // Some failures (a full disk) have ended the transaction already.
    rollbackTransaction: async (on) => {
      if (database.isTransaction) await execute(on, "rollback");
    },
    releaseConnection: () => Promise.resolve(),
    destroy: () => {
      database.close();
      return Promise.resolve();
    },
  };
}

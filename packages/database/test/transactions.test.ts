import { once } from "node:events";
import { createServer } from "node:net";
import { DatabaseSync } from "node:sqlite";
import type { Transaction } from "kysely";
import { describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../test/postgresql.ts";
import { type Database, openDatabase } from "../src/index.ts";
import { NOTES, type Tables } from "./support/notes.ts";

describe.each(DATABASE_KINDS)("transactions on %s", (kind) => {
  /** Reads a number and writes the next one: two at once must not read the same. */
  async function count(transaction: Transaction<Tables>): Promise<void> {
    const row = await transaction.selectFrom("note").select("text").where("id", "=", 1).executeTakeFirst();
    if (row === undefined) await transaction.insertInto("note").values({ id: 1, text: "1" }).execute();
    else {
      const next = String(Number(row.text) + 1);
      await transaction.updateTable("note").set({ text: next }).where("id", "=", 1).execute();
    }
  }

  test.for([true, false])("lose nothing of each other (exclusive: %s)", async (exclusive, context) => {
    const uri = await databaseUri(kind, context);
    await using first = await openDatabase<Tables>(uri, NOTES);
    await using second = await openDatabase<Tables>(uri, NOTES);
    const change = (database: Database<Tables>): Promise<void> => database.transaction(count, { exclusive });
    await Promise.all(Array.from({ length: 15 }, () => [change(first), change(second)]).flat());
    const rows = await second.run((query) => query.selectFrom("note").selectAll().execute());
    expect(rows).toEqual([{ id: 1, text: "30" }]);
  });

  test("one that is under way does not stop readers, nor the process", async (context) => {
    const uri = await databaseUri(kind, context);
    await using first = await openDatabase<Tables>(uri, NOTES);
    await using second = await openDatabase<Tables>(uri, NOTES);
    const begun = Promise.withResolvers<void>();
    const enough = Promise.withResolvers<void>();
    const long = first.transaction(
      async (transaction) => {
        await count(transaction);
        begun.resolve();
        await enough.promise;
      },
      { exclusive: true },
    );
    await begun.promise;
    expect(await second.run((query) => query.selectFrom("note").selectAll().execute())).toEqual([]);
    const waiting = second.transaction(count, { exclusive: true });
    // The process goes on while the second one waits for the lock: it serves a connection.
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    server.close();
    await once(server, "close");
    enough.resolve();
    await Promise.all([long, waiting]);
    expect(await first.run((query) => query.selectFrom("note").select("text").execute())).toEqual([{ text: "2" }]);
  });

  test("a change of tables that fails leaves nothing, and is made the next time", async (context) => {
    const uri = await databaseUri(kind, context);
    await (await openDatabase<Tables>(uri, NOTES)).close();
    const change = (fails: boolean): Parameters<typeof openDatabase>[1] => ({
      ...NOTES,
      changes: {
        ...NOTES.changes,
        "0002-more": {
          async up(query) {
            await query.schema.alterTable("note").addColumn("more", "text").execute();
            if (fails) throw new Error("the power went off");
          },
        },
      },
    });
    await expect(openDatabase(uri, change(true))).rejects.toThrow("the power went off");
    await (await openDatabase<Tables>(uri, NOTES)).close();
    await (await openDatabase<Tables>(uri, change(false))).close();
    await expect(openDatabase<Tables>(uri, NOTES)).rejects.toMatchObject({ code: "StoreUnavailable" });
  });

  test("a closed database says so", async (context) => {
    const database = await openDatabase<Tables>(await databaseUri(kind, context), NOTES);
    await database.close();
    await database.close();
    await expect(database.run((query) => query.selectFrom("note").selectAll().execute())).rejects.toMatchObject({
      code: "Closed",
    });
    await expect(database.transaction(count)).rejects.toMatchObject({ code: "Closed" });
    expect(() => database.watch("notes")).toThrow("The database was closed.");
  });
});

describe("an SQLite file that another process has locked", () => {
  test("is waited for, and then unavailable", { timeout: 20_000 }, async (context) => {
    const uri = await databaseUri("sqlite", context);
    await using database = await openDatabase<Tables>(uri, NOTES);
    using other = new DatabaseSync(uri);
    other.exec("begin immediate");
    const insert = (id: number): Promise<unknown> =>
      database.transaction((query) => query.insertInto("note").values({ id, text: "x" }).execute());
    await expect(insert(1)).rejects.toMatchObject({
      code: "StoreUnavailable",
      retry: "safe",
      message: `The database ${uri} can't be used: another process holds its lock.`,
    });
    const waiting = insert(2);
    other.exec("commit");
    await waiting;
    expect(await database.run((query) => query.selectFrom("note").select("id").execute())).toEqual([{ id: 2 }]);
  });
});

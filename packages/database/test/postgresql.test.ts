import type { Kysely } from "kysely";
import { describe, expect, test } from "vitest";
import { postgresqlServer } from "../../../test/postgresql.ts";
import { type DatabaseSchema, openDatabase } from "../src/index.ts";

interface Tables {
  note: { id: number; text: string };
}

const notes: DatabaseSchema = {
  component: "notes",
  changes: {
    "0001-notes": {
      up: (query) =>
        query.schema
          .createTable("note")
          .addColumn("id", "integer", (column) => column.primaryKey())
          .addColumn("text", "text", (column) => column.notNull())
          .execute(),
    },
  },
};

const insert =
  (id: number) =>
  (query: Kysely<Tables>): Promise<unknown> =>
    query.insertInto("note").values({ id, text: "x" }).execute();

describe("a PostgreSQL server", () => {
  test("that is killed is StoreUnavailable, and serves again when it is back", async (context) => {
    const server = await postgresqlServer(context);
    await using database = await openDatabase<Tables>(server.uri, notes);
    await database.transaction(insert(1));

    const cut = database.transaction(async (query) => {
      await insert(2)(query);
      await server.kill();
      await insert(3)(query);
    });
    await expect(cut).rejects.toMatchObject({ code: "StoreUnavailable", retry: "safe" });
    await expect(database.run(insert(4))).rejects.toMatchObject({ code: "StoreUnavailable" });
    await expect(openDatabase<Tables>(server.uri, notes)).rejects.toMatchObject({
      code: "StoreUnavailable",
      message: expect.stringMatching(
        /^The database postgres:\/\/127\.0\.0\.1:\d+\/postgres can't be used: no server answers there/,
      ),
    });

    await server.start();
    await database.transaction(insert(5));
    const rows = await database.run((query) => query.selectFrom("note").select("id").orderBy("id").execute());
    expect(rows.map(({ id }) => id)).toEqual([1, 5]);
  });
});

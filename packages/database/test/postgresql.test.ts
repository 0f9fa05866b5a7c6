import { type Kysely, sql } from "kysely";
import { describe, expect, test, vi } from "vitest";
import { postgresqlServer } from "../../../test/postgresql.ts";
import { openDatabase } from "../src/index.ts";
import { NOTES, type Tables } from "./support/notes.ts";

const insert =
  (id: number) =>
  (query: Kysely<Tables>): Promise<unknown> =>
    query.insertInto("note").values({ id, text: "x" }).execute();

describe("a PostgreSQL server", () => {
  test("that is killed is StoreUnavailable, and serves again when it is back", async (context) => {
    const server = await postgresqlServer(context);
    await using database = await openDatabase<Tables>(server.uri, NOTES);
    await database.transaction(insert(1));

    const cut = database.transaction(async (query) => {
      await insert(2)(query);
      await server.kill();
      await insert(3)(query);
    });
    await expect(cut).rejects.toMatchObject({ code: "StoreUnavailable", retry: "safe" });
    await expect(database.run(insert(4))).rejects.toMatchObject({ code: "StoreUnavailable" });
    await expect(openDatabase<Tables>(server.uri, NOTES)).rejects.toMatchObject({
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

  test("that is lost during a commit may have made the change", async (context) => {
    const server = await postgresqlServer(context);
    await using database = await openDatabase<Tables>(server.uri, NOTES);
    // A commit that takes a minute.
    await database.run(async (query) => {
      await sql`create function linger() returns trigger language plpgsql as
        'begin perform pg_sleep(60); return null; end'`.execute(query);
      await sql`create constraint trigger lingering after insert on note deferrable initially deferred
        for each row execute function linger()`.execute(query);
    });
    const committing = Promise.allSettled([database.transaction(insert(1))]);
    await vi.waitFor(async () => {
      const waiting = sql`select pid from pg_stat_activity where wait_event = 'PgSleep'`;
      expect((await database.run((query) => waiting.execute(query))).rows).toHaveLength(1);
    }, 20_000);
    await server.kill();
    const [outcome] = await committing;
    expect(outcome).toMatchObject({
      status: "rejected",
      reason: {
        code: "StoreUnavailable",
        retry: "unknown-outcome",
        message: expect.stringMatching(/The change may have been made all the same: look before you make it again\.$/),
      },
    });
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../src/index.ts";
import { NOTES, type Tables } from "./support/notes.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyrail-database-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("an SQLite file", () => {
  test("keeps what a transaction wrote and nothing of one that failed", async () => {
    const path = join(folder, "a.sqlite");
    {
      await using database = await openDatabase<Tables>(path, NOTES);
      await database.transaction((query) => query.insertInto("note").values({ id: 1, text: "kept" }).execute());
      const failing = database.transaction(async (query) => {
        await query.insertInto("note").values({ id: 2, text: "lost" }).execute();
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
    }
    await using again = await openDatabase<Tables>(`sqlite:${path}`, NOTES);
    expect(await again.run((query) => query.selectFrom("note").selectAll().execute())).toEqual([
      { id: 1, text: "kept" },
    ]);
  });

  test("of a newer version is refused", async () => {
    const path = join(folder, "b.sqlite");
    const newer = { ...NOTES, changes: { ...NOTES.changes, "0002-more": { up: () => Promise.resolve() } } };
    await (await openDatabase<Tables>(path, newer)).close();
    await expect(openDatabase<Tables>(path, NOTES)).rejects.toMatchObject({
      code: "StoreUnavailable",
      message: expect.stringContaining("newer version"),
    });
  });

  test("in a folder that is not there is refused with its path", async () => {
    await expect(openDatabase<Tables>(join(folder, "no", "c.sqlite"), NOTES)).rejects.toMatchObject({
      code: "StoreUnavailable",
      message: expect.stringContaining(join(folder, "no", "c.sqlite")),
    });
  });

  test("of another kind of URI is refused", async () => {
    await expect(openDatabase<Tables>("mysql://h/d", NOTES)).rejects.toMatchObject({ code: "InvalidConfiguration" });
  });
});

/** What is said when the database or what was asked is wrong: one sentence, and nothing changed. */

import { execFile } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { KeyrailError } from "@keyrail/core";
import { openDatabase } from "@keyrail/database";
import { describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri, postgresqlServer } from "../../../test/postgresql.ts";
import { openRegistry } from "../src/index.ts";
import { REGISTRY_SCHEMA } from "../src/sql/tables.ts";
import { keyRecord } from "./support/records.ts";

const A = "software:/stores/a/1";
const B = "software:/stores/a/2";

async function failure(work: Promise<unknown>): Promise<KeyrailError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof KeyrailError) return error;
  throw new Error("It did not fail as it should.", { cause: error });
}

describe("opening", () => {
  test("what is no database", async () => {
    expect(await failure(openRegistry({ database: "mysql://host/db" }))).toMatchObject({
      code: "InvalidConfiguration",
      message: 'A database is an SQLite file (a path, or sqlite:PATH) or postgres://…; "mysql:" is neither.',
    });
    expect(await failure(openRegistry({ database: "sqlite:" }))).toMatchObject({ code: "InvalidConfiguration" });
    expect(await failure(openRegistry({ database: ":memory:", maximumAge: -1 }))).toMatchObject({
      code: "InvalidConfiguration",
    });
    const signal = AbortSignal.abort();
    expect(await failure(openRegistry({ database: ":memory:", signal }))).toMatchObject({ code: "Aborted" });
  });

  test("a file that is something else, and leaves it as it is", async (context) => {
    const database = await databaseUri("sqlite", context);
    writeFileSync(
      database,
      "a text of another program, long enough to be taken for a header of a database file, perhaps",
    );
    expect(await failure(openRegistry({ database }))).toMatchObject({
      code: "StoreUnavailable",
      message: `The database ${database} can't be used: the file is no SQLite database.`,
    });
  });

  test("a file that was damaged", async (context) => {
    const database = await databaseUri("sqlite", context);
    await using registry = await openRegistry({ database });
    await registry.setAlias("payments", A);
    await registry.close();
    const file = new DatabaseSync(database);
    file.exec("update registry_alias set since = 'yesterday'");
    file.exec("update registry_alias_version set key = x'00'");
    file.close();
    await using again = await openRegistry({ database });
    const reading = [again.alias("payments"), again.resolve("payments"), Promise.resolve(again.lookUp("payments"))];
    for (const error of await Promise.all(reading.map(failure))) {
      expect(error).toMatchObject({
        code: "IntegrityFailed",
        message:
          "The registry holds an alias that can't be read: it was damaged, or changed by other software. Restore a backup.",
      });
    }
  });

  test("a file that may only be read", async (context) => {
    if (process.getuid === undefined) context.skip("This platform has no file owners.");
    const database = await databaseUri("sqlite", context);
    await using registry = await openRegistry({ database });
    await registry.setAlias("payments", A);
    await registry.close();
    chmodSync(database, 0o444);
    chmodSync(path.dirname(database), 0o755);
    const script = `
      import { openRegistry } from "@keyrail/registry";
      try { await openRegistry({ database: ${JSON.stringify(database)} }); console.log("opened"); }
      catch (error) { console.log(error.code, error.message); }
    `;
    // Root may write everything, so somebody else is to try.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const command = ["--conditions=keyrail-source", "--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: import.meta.dirname, ...user });
    expect(stdout.trim()).toBe(
      `StoreUnavailable The database ${database} can't be used: it can't be written; see whether the file, its folder or the disk is read-only.`,
    );
  });

  test("a folder that is not there, or is none", async (context) => {
    const folder = path.dirname(await databaseUri("sqlite", context));
    for (const database of [path.join(folder, "no/registry.sqlite"), folder]) {
      expect(await failure(openRegistry({ database }))).toMatchObject({
        code: "StoreUnavailable",
        message: `The database ${database} can't be used: the file can't be opened; see that its folder exists and that you may write there.`,
      });
    }
  });
});

describe.each(DATABASE_KINDS)("on %s", (kind) => {
  test("a database of a newer version", async (context) => {
    const database = await databaseUri(kind, context);
    await (await openRegistry({ database })).close();
    const newer = { ...REGISTRY_SCHEMA.changes, "9999-later": { up: () => Promise.resolve() } };
    await (await openDatabase(database, { ...REGISTRY_SCHEMA, changes: newer })).close();
    expect(await failure(openRegistry({ database }))).toMatchObject({
      code: "StoreUnavailable",
      message: expect.stringMatching(
        /^The database \S+ can't be used: it was written by a newer version of Keyrail\.$/,
      ),
    });
  });

  test("wrong names, URIs and texts, before anything is read", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    const wrong = [
      registry.setAlias("", A),
      registry.setAlias("Payments", A),
      registry.setAlias("payments@1", A),
      registry.setAlias("pay:ments", A),
      registry.setAlias("a".repeat(129), A),
      registry.setAlias("payments/", A),
      registry.setAlias("payments", "payments"),
      registry.setAlias("payments", A, { actor: "" }),
      registry.setAlias("payments", A, { reason: "two\nlines" }),
      registry.setAlias("payments", A, { expect: "x" }),
      registry.setLabels("payments", { "": "x" }),
      registry.setLabels("payments", { x: "\ud800" }),
      registry.setLabels("payments", Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`${index}`, ""]))),
      registry.resolve("payments@0"),
      registry.resolve("payments@01"),
      registry.resolve("payments@"),
      registry.key("payments"),
      registry.aliasesOf("payments"),
      registry.aliases({ prefix: "A" })[Symbol.asyncIterator]().next(),
      registry.aliases({ provider: "x" })[Symbol.asyncIterator]().next(),
      registry.keys({ tag: "" })[Symbol.asyncIterator]().next(),
      registry.audit({ alias: "A" })[Symbol.asyncIterator]().next(),
    ];
    for (const { code, message } of await Promise.all(wrong.map(failure))) {
      expect(code).toBe("InvalidRequest");
      expect(message).toMatch(/^\S.*\.$/);
    }
    const missing = [
      registry.alias("missing"),
      registry.history("missing"),
      registry.setLabels("missing", {}),
      registry.cutOver([{ alias: "missing", from: A, to: B }]),
    ];
    for (const error of await Promise.all(missing.map(failure))) {
      expect(error).toMatchObject({ code: "KeyNotFound", message: "There is no alias missing." });
    }
    expect(await Array.fromAsync(registry.audit())).toEqual([]);
  });

  test("a closed registry", async (context) => {
    const registry = await openRegistry({ database: await databaseUri(kind, context) });
    await registry.close();
    await registry.close();
    const closed = [
      registry.alias("a"),
      registry.setAlias("a", A),
      registry.adopt([keyRecord(A)]),
      Array.fromAsync(registry.keys()),
      Array.fromAsync(registry.audit()),
    ];
    for (const { code } of await Promise.all(closed.map(failure))) expect(code).toBe("Closed");
  });
});

describe("a PostgreSQL server that goes away", () => {
  test("is told of, and what was in memory is not used for longer than it may be", async (context) => {
    const server = await postgresqlServer(context);
    await using registry = await openRegistry({ database: server.uri, maximumAge: 200 });
    await registry.setAlias("payments", A);
    await server.kill();
    const down = { code: "StoreUnavailable", retry: "safe" };
    expect(await failure(registry.setAlias("payments", B))).toMatchObject(down);
    expect(await registry.health()).toMatchObject({
      healthy: false,
      reason: expect.stringContaining("no server answers"),
    });
    const error = await failure(Promise.resolve(registry.lookUp("payments")));
    expect(error).toMatchObject(down);
    expect(error.message).not.toContain(new URL(server.uri).password);
    await server.start();
    expect(await registry.lookUp("payments")).toMatchObject({ key: A });
    await registry.setAlias("payments", B);
    expect(await registry.lookUp("payments")).toMatchObject({ key: B });
  });
});

/** What others commit, and when it is seen. */

import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { databaseUri } from "../../../test/postgresql.ts";
import { openRegistry, type Registry } from "../src/index.ts";

const A = "software:/stores/a/1";
const B = "software:/stores/a/2";
const C = "software:/stores/a/3";
const LISTENERS = "from pg_stat_activity where query ilike 'listen%' and datname = current_database()";

/** Another registry on the database that has `payments` in memory. */
async function observer(database: string, maximumAge: number): Promise<Registry> {
  const registry = await openRegistry({ database, maximumAge });
  expect(await registry.lookUp("payments")).toMatchObject({ key: A });
  return registry;
}

async function prepared(
  kind: "sqlite" | "postgresql",
  context: TestContext,
): Promise<{ database: string; registry: Registry }> {
  const database = await databaseUri(kind, context);
  const registry = await openRegistry({ database });
  context.onTestFinished(() => registry.close());
  await registry.setAlias("payments", A);
  return { database, registry };
}

describe("on SQLite", () => {
  test("a switch of another connection is seen at once, and nothing is read in between", async (context) => {
    const { database, registry } = await prepared("sqlite", context);
    await using other = await observer(database, 1_000);
    for (const [from, to] of [
      [A, B],
      [B, C],
      [C, A],
    ] as const) {
      // Out of memory: no promise.
      expect(other.lookUp("payments")).toMatchObject({ key: from });
      await registry.setAlias("payments", to);
      expect(await other.lookUp("payments")).toMatchObject({ key: to });
      expect(registry.lookUp("payments")).toBeInstanceOf(Promise);
      expect(await registry.lookUp("payments")).toMatchObject({ key: to });
    }
  });

  test("other software that writes the file is seen too", async (context) => {
    const { database } = await prepared("sqlite", context);
    await using other = await observer(database, 1_000);
    using file = new DatabaseSync(database);
    file.prepare("update registry_alias_version set key = ? where alias = ?").run(B, "payments");
    expect(await other.lookUp("payments")).toMatchObject({ key: B });
  });
});

describe("on PostgreSQL", () => {
  /** A change nobody is told of. */
  async function silently(database: string, key: string): Promise<void> {
    await execute(database, `update registry_alias_version set key = '${key}' where alias = 'payments'`);
  }

  async function execute(database: string, sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: database });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Until so many connections listen: each forgets what it knew when it begins to. */
  const listening = (database: string, count: number): Promise<void> =>
    vi.waitFor(async () => expect(await execute(database, `select pid ${LISTENERS}`)).toHaveLength(count), 20_000);

  const seen = (registry: Registry, key: string): Promise<void> =>
    vi.waitFor(async () => expect(await registry.lookUp("payments")).toMatchObject({ key }), { timeout: 20_000 });

  test("a switch through the same object is seen at once", async (context) => {
    const { registry } = await prepared("postgresql", context);
    for (const key of [B, C, A]) {
      await registry.setAlias("payments", key);
      expect(await registry.lookUp("payments")).toMatchObject({ key });
    }
  });

  test("others are told of a switch", async (context) => {
    const { database, registry } = await prepared("postgresql", context);
    await using other = await observer(database, 60_000);
    await registry.setAlias("payments", B);
    await seen(other, B);
    await registry.cutOver([{ alias: "payments", from: B, to: C }]);
    await seen(other, C);
  });

  test("one that nobody is told of is seen after the maximum age", async (context) => {
    const { database } = await prepared("postgresql", context);
    await using other = await observer(database, 300);
    await listening(database, 2);
    await other.lookUp("payments");
    await silently(database, B);
    const changed = performance.now();
    // Busy callers are answered out of memory, and none of them later than that with what was before.
    for (;;) {
      const asked = performance.now();
      const { key } = await other.lookUp("payments");
      if (key === B) break;
      expect(asked - changed).toBeLessThan(300);
    }
  });

  test("with a maximum age of 0 every change is seen at once", async (context) => {
    const { database } = await prepared("postgresql", context);
    await using other = await observer(database, 0);
    await silently(database, B);
    expect(await other.lookUp("payments")).toMatchObject({ key: B });
  });

  test("after a lost connection nothing older is trusted, and listening goes on", async (context) => {
    const { database, registry } = await prepared("postgresql", context);
    await using other = await observer(database, 60_000);
    await listening(database, 2);
    await other.lookUp("payments");
    await silently(database, C);
    const ended = await execute(database, `select pg_terminate_backend(pid) ${LISTENERS}`);
    expect(ended.length).toBeGreaterThan(0);
    await seen(other, C);
    await registry.setAlias("payments", B);
    await seen(other, B);
  });
});

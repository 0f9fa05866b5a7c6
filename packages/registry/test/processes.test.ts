import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../test/postgresql.ts";
import { openRegistry } from "../src/index.ts";

const RACER = path.join(import.meta.dirname, "support/race.ts");
const LAST = 60;

describe.each(DATABASE_KINDS)("three processes on %s", (kind) => {
  test("that cut one alias over win each switch once", { timeout: 60_000 }, async (context) => {
    const database = await databaseUri(kind, context);
    await using registry = await openRegistry({ database });
    await registry.setAlias("counter", "software:/race/0");
    const racers = await Promise.all(
      [1, 2, 3].map(() =>
        promisify(execFile)(process.execPath, ["--conditions=keyrail-source", RACER, database, String(LAST)]),
      ),
    );
    expect(racers.map(({ stdout }) => Number(stdout)).reduce((sum, won) => sum + won)).toBe(LAST);
    const history = await registry.history("counter");
    expect(history.map(({ key }) => key)).toEqual(
      Array.from({ length: LAST + 1 }, (_, index) => `software:/race/${LAST - index}`),
    );
  });

  test("that open a new database at once all find it made", { timeout: 60_000 }, async (context) => {
    const database = await databaseUri(kind, context);
    const registries = await Promise.all([1, 2, 3, 4].map(() => openRegistry({ database })));
    const health = await Promise.all(registries.map((registry) => registry.health()));
    expect(health).toEqual(registries.map(() => ({ healthy: true })));
    await Promise.all(registries.map((registry) => registry.close()));
  });
});

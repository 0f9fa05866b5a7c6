import fc from "fast-check";
import { describe, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../test/postgresql.ts";
import { openRegistry } from "../src/index.ts";
import { AliasModel, COMMANDS } from "./support/alias-model.ts";

const RUNS = { sqlite: 60, postgresql: 12 };

describe.each(DATABASE_KINDS)("aliases on %s", (kind) => {
  test("do what a simple model does, whatever the changes", { timeout: 120_000 }, async (context) => {
    const database = await databaseUri(kind, context);
    await using first = await openRegistry({ database });
    await using second = await openRegistry({ database });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(COMMANDS, async (commands) => {
        run += 1;
        const real = { first, second, prefix: `${run}/`, exact: kind === "sqlite" };
        await fc.asyncModelRun(() => ({ model: new AliasModel(), real }), commands);
      }),
      { numRuns: RUNS[kind] },
    );
  });
});

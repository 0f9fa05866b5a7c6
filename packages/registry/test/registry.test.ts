import { describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../test/postgresql.ts";
import { openRegistry } from "../src/index.ts";

describe.each(DATABASE_KINDS)("smoke on %s", (kind) => {
  test("cut over", async (context) => {
    const database = await databaseUri(kind, context);
    await using first = await openRegistry({ database });
    await using second = await openRegistry({ database });
    await first.setAlias("payments", "software:/a/1");
    expect(await second.lookUp("payments")).toMatchObject({ key: "software:/a/1" });
    const results = await Promise.allSettled([
      first.cutOver([{ alias: "payments", from: "software:/a/1", to: "software:/a/2" }]),
      second.cutOver([{ alias: "payments", from: "software:/a/1", to: "software:/a/3" }]),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

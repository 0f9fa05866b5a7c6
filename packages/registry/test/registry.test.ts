import { describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../test/postgresql.ts";
import { openRegistry } from "../src/index.ts";
import { collect } from "./support/collect.ts";

const A = "software:/stores/a/1";
const B = "encedo://hem.example/2";
const C = "dfns://api.example/3";

describe.each(DATABASE_KINDS)("aliases on %s", (kind) => {
  test("name a key, with every key they named before", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context), actor: "tester" });
    const made = await registry.setAlias("payments/eu", A, { reason: "first" });
    expect(made).toEqual({
      name: "payments/eu",
      current: { version: 1, key: A, since: expect.any(Number), reason: "first" },
      labels: {},
    });
    const switched = await registry.setAlias("payments/eu", B);
    expect(switched.current).toEqual({ version: 2, key: B, since: expect.any(Number) });
    // Naming the key it names already changes nothing.
    expect(await registry.setAlias("payments/eu", B, { reason: "again" })).toEqual(switched);
    expect(await registry.alias("payments/eu")).toEqual(switched);
    expect(await registry.history("payments/eu")).toEqual([switched.current, made.current]);
    expect(await registry.resolve("payments/eu")).toEqual({ alias: "payments/eu", version: 2, key: B });
    expect(await registry.resolve("payments/eu@1")).toEqual({ alias: "payments/eu", version: 1, key: A });
    expect(await registry.lookUp("payments/eu")).toEqual({
      alias: "payments/eu",
      version: 2,
      key: B,
      earlier: [{ alias: "payments/eu", version: 1, key: A }],
    });
    expect(await collect(registry.audit())).toEqual([
      expect.objectContaining({
        action: "set",
        actor: "tester",
        switches: [{ alias: "payments/eu", from: A, to: B, version: 2 }],
      }),
      expect.objectContaining({
        action: "set",
        reason: "first",
        switches: [{ alias: "payments/eu", to: A, version: 1 }],
      }),
    ]);
  });

  test("are changed only from what the caller expects", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    await expect(registry.setAlias("payments", A, { expect: B })).rejects.toMatchObject({
      code: "KeyNotFound",
      message: "There is no alias payments.",
      context: { key: "payments" },
    });
    await registry.setAlias("payments", A, { expect: null });
    await expect(registry.setAlias("payments", B, { expect: null })).rejects.toMatchObject({ code: "KeyExists" });
    await expect(registry.setAlias("payments", B, { expect: C })).rejects.toMatchObject({
      code: "OperationRefused",
      message: `The alias payments names ${A}, not ${C}; nothing was changed.`,
    });
    await registry.setAlias("payments", B, { expect: A });
    expect((await registry.history("payments")).map(({ key }) => key)).toEqual([B, A]);
    expect(await collect(registry.audit())).toHaveLength(2);
  });

  test("go on counting when they are made again after a removal", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    await registry.setAlias("payments", A);
    await registry.setAlias("payments", B);
    await registry.setLabels("payments", { team: "billing" });
    await registry.removeAlias("payments", { reason: "no longer used" });
    await expect(registry.resolve("payments")).rejects.toMatchObject({ code: "KeyNotFound" });
    await expect(registry.resolve("payments@1")).rejects.toMatchObject({ code: "KeyNotFound" });
    await expect(registry.removeAlias("payments")).rejects.toMatchObject({ code: "KeyNotFound" });
    expect(await registry.setAlias("payments", C)).toMatchObject({ current: { version: 3, key: C }, labels: {} });
    await expect(registry.resolve("payments@1")).rejects.toMatchObject({ message: "There is no alias payments@1." });
    expect((await collect(registry.audit({ alias: "payments" }))).map(({ action }) => action)).toEqual([
      "set",
      "remove",
      "label",
      "set",
      "set",
    ]);
  });

  test("are found by the start of their names, by labels, by provider and by key", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    for (const [name, key] of [
      ["a/1", A],
      ["a/2", B],
      ["b", B],
      ["a-1", C],
      ["a.1", C],
      ["a1", C],
    ] as const) {
      await registry.setAlias(name, key);
    }
    await registry.setLabels("a/1", { team: "billing", __proto__: "x", tier: "" });
    await registry.setLabels("b", { team: "billing" });
    const names = async (filter?: Parameters<typeof registry.aliases>[0]): Promise<string[]> =>
      (await collect(registry.aliases(filter))).map(({ name }) => name);
    // By code point, whatever language the database sorts by.
    expect(await names()).toEqual(["a-1", "a.1", "a/1", "a/2", "a1", "b"]);
    expect(await names({ prefix: "a/" })).toEqual(["a/1", "a/2"]);
    expect(await names({ prefix: "a", provider: "dfns://API.example" })).toEqual(["a-1", "a.1", "a1"]);
    expect(await names({ labels: { team: "billing" } })).toEqual(["a/1", "b"]);
    expect(await names({ labels: { team: "billing", tier: "" } })).toEqual(["a/1"]);
    expect(await names({ provider: "software:/stores" })).toEqual([]);
    expect((await registry.aliasesOf(B)).map(({ name }) => name)).toEqual(["a/2", "b"]);
    expect((await registry.alias("b")).labels).toEqual({ team: "billing" });
    await registry.setLabels("b", {});
    expect(await names({ labels: { team: "billing" } })).toEqual(["a/1"]);
  });

  test("come in pages, each once", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    const names = Array.from({ length: 1_203 }, (_, index) => `n${index.toString().padStart(4, "0")}`);
    await registry.setAlias("z", A);
    // One cut-over of many: all of it is one record.
    for (const name of names.slice(0, 3)) await registry.setAlias(name, A);
    const switches = names.slice(0, 3).map((alias) => ({ alias, from: A, to: B }));
    const record = await registry.cutOver(switches, { run: "run-1" });
    expect(record.switches.map(({ alias }) => alias)).toEqual(names.slice(0, 3));
    for (let start = 3; start < names.length; start += 100) {
      await Promise.all(names.slice(start, start + 100).map((name) => registry.setAlias(name, A)));
    }
    expect((await collect(registry.aliases({ prefix: "n" }))).map(({ name }) => name)).toEqual(names);
    const audit = await collect(registry.audit());
    expect(audit).toHaveLength(names.length + 2);
    expect(audit.map(({ id }) => id)).toEqual(
      audit
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    expect(await collect(registry.audit({ run: "run-1" }))).toEqual([record]);
  });
});

describe.each(DATABASE_KINDS)("cut-over and roll-back on %s", (kind) => {
  test("switch all aliases or none", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    await registry.setAlias("one", A);
    await registry.setAlias("two", A);
    const both = [
      { alias: "one", from: A, to: B },
      { alias: "two", from: A, to: C },
    ];
    await registry.setAlias("two", B);
    await expect(registry.cutOver(both)).rejects.toMatchObject({
      code: "OperationRefused",
      message: `The alias two names ${B}, not ${A}; nothing was changed.`,
    });
    await expect(registry.cutOver([...both, { alias: "three", from: A, to: C }])).rejects.toMatchObject({
      code: expect.stringMatching(/KeyNotFound|OperationRefused/),
    });
    expect((await registry.resolve("one")).key).toBe(A);
    await registry.setAlias("two", A);
    const record = await registry.cutOver(both, { run: "run-7", actor: "me", reason: "vendor change" });
    expect(record).toMatchObject({ action: "cut-over", actor: "me", run: "run-7", reason: "vendor change" });
    expect(record.switches).toEqual([
      { alias: "one", from: A, to: B, version: 2 },
      { alias: "two", from: A, to: C, version: 4 },
    ]);
    expect((await registry.history("one"))[0]).toMatchObject({ key: B, reason: "vendor change" });

    const back = await registry.rollBack(record.id, { aliases: ["one"], reason: "it broke" });
    expect(back).toMatchObject({ action: "roll-back", undoes: record.id, keys: [] });
    expect(back.switches).toEqual([{ alias: "one", from: B, to: A, version: 3 }]);
    // The rest can't go back as a whole any more, but by name.
    await expect(registry.rollBack(record.id)).rejects.toMatchObject({
      code: "OperationRefused",
      message: `The alias one was switched again since this cut-over; it now names ${A}.`,
    });
    expect((await registry.resolve("two")).key).toBe(C);
    await registry.rollBack(record.id, { aliases: ["two"] });
    expect((await registry.resolve("two")).key).toBe(A);
    expect((await collect(registry.audit({ run: "run-7" }))).map(({ id }) => id)).toEqual([record.id]);
  });

  test("an alias that left the key and came back was switched all the same", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    await registry.setAlias("one", A);
    const record = await registry.cutOver([{ alias: "one", from: A, to: B }]);
    await registry.setAlias("one", C);
    await registry.setAlias("one", B);
    await expect(registry.rollBack(record.id)).rejects.toMatchObject({ code: "OperationRefused" });
    await registry.removeAlias("one");
    await expect(registry.rollBack(record.id)).rejects.toMatchObject({ code: "KeyNotFound" });
  });

  test("refuse what makes no sense before anything happens", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    await registry.setAlias("one", A);
    const record = await registry.cutOver([{ alias: "one", from: A, to: B }]);
    const wrong = [
      registry.cutOver([]),
      registry.cutOver([{ alias: "one", from: B, to: B }]),
      registry.cutOver([
        { alias: "one", from: B, to: A },
        { alias: "one", from: B, to: C },
      ]),
      registry.cutOver([{ alias: "One", from: B, to: A }]),
      registry.cutOver([{ alias: "one", from: "B", to: A }]),
      registry.rollBack("no such id"),
      registry.rollBack(record.id, { aliases: [] }),
      registry.rollBack(record.id, { aliases: ["two"] }),
    ];
    for (const result of await Promise.allSettled(wrong)) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "InvalidRequest" } });
    }
    const back = await registry.rollBack(record.id);
    await expect(registry.rollBack(back.id)).rejects.toMatchObject({ code: "InvalidRequest" });
  });

  test("of two at once exactly one wins", async (context) => {
    const database = await databaseUri(kind, context);
    await using first = await openRegistry({ database });
    await using second = await openRegistry({ database });
    await first.setAlias("one", "software:/s/0");
    for (let round = 0; round < 25; round += 1) {
      const from = `software:/s/${round}`;
      const results = await Promise.allSettled([
        first.cutOver([{ alias: "one", from, to: `software:/s/${round + 1}` }], { actor: "first" }),
        second.cutOver([{ alias: "one", from, to: `software:/s/${round + 1}` }], { actor: "second" }),
      ]);
      expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      const lost = results.find((result) => result.status === "rejected");
      expect(lost?.reason).toMatchObject({ code: "OperationRefused" });
    }
    expect(await first.history("one")).toHaveLength(26);
  });
});

import { setImmediate } from "node:timers/promises";
import type { KeyRecord } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../test/postgresql.ts";
import { openRegistry, type Registry } from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { keyRecord, PUBLIC_KEY } from "./support/records.ts";

function records(count: number, changes: Partial<KeyRecord> = {}): KeyRecord[] {
  return Array.from({ length: count }, (_, index) =>
    keyRecord(`encedo://hem.example/${index.toString().padStart(6, "0")}`, changes),
  );
}

describe.each(DATABASE_KINDS)("adoption on %s", (kind) => {
  test("takes in what a provider lists, and makes nothing there", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    await using provider = await openSoftwareProvider({ store: { kind: "memory" } });
    const made = await provider.keys.create({ keyType: "P-256", usages: ["sign", "verify"], label: "orders" });
    const mac = await provider.keys.create({ keyType: "HMAC-SHA-256", usages: ["mac"], label: "Zähler 1" });
    const list = (): AsyncIterable<KeyRecord> => provider.catalog?.list() ?? expect.fail("no catalog");
    expect(await registry.adopt(list(), { tags: ["fleet"] })).toEqual({ adopted: 2, known: 0 });
    expect(await registry.adopt(list(), { tags: ["fleet"] })).toEqual({ adopted: 0, known: 2 });

    const known = await registry.key(made.uri);
    expect(known).toEqual({
      uri: made.uri,
      keyType: "P-256",
      usages: ["sign", "verify"],
      label: "orders",
      half: "private",
      publicKey: expect.anything(),
      tags: ["fleet"],
      adoptedAt: expect.any(Number),
    });
    expect(known.publicKey?.equals(await provider.keys.getPublic(made.uri))).toBe(true);
    expect(await registry.key(mac.uri)).not.toHaveProperty("publicKey");
    expect((await collect(registry.keys({ provider: provider.uri, tag: "fleet" }))).map(({ uri }) => uri)).toEqual(
      [made.uri, mac.uri].sort(),
    );
    expect(await collect(registry.keys({ tag: "other" }))).toEqual([]);
    expect(await collect(provider.catalog?.list() ?? expect.fail("no catalog"))).toHaveLength(2);
    // The second adoption changed nothing, so there is no record of it.
    expect(await collect(registry.audit())).toEqual([
      expect.objectContaining({ action: "adopt", keys: expect.arrayContaining([made.uri, mac.uri]) }),
    ]);
  });

  test("brings up to date what is there, and takes nothing away", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    const [record] = records(1);
    const uri = record?.uri ?? expect.fail("no record");
    await registry.adopt([record ?? expect.fail("no record")], { tags: ["one"] });
    const { publicKey: _, ...listed } = keyRecord(uri, { label: "renamed", usages: ["sign"] });
    expect(await registry.adopt([listed], { tags: ["two"] })).toEqual({ adopted: 0, known: 1 });
    const key = await registry.key(uri);
    expect(key).toMatchObject({ label: "renamed", usages: ["sign"], tags: ["one", "two"] });
    expect(key.publicKey?.equals(PUBLIC_KEY)).toBe(true);
  });

  test("reads no more than a batch ahead, and goes on where it stopped", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    const all = records(2_600);
    let read = 0;
    async function* listing(last: number): AsyncGenerator<KeyRecord> {
      for (const record of all) {
        if (read === last) throw new Error("the listing broke");
        read += 1;
        if (read % 100 === 0) await setImmediate();
        yield record;
      }
    }
    await expect(registry.adopt(listing(1_700))).rejects.toThrow("the listing broke");
    expect(await collect(registry.keys())).toHaveLength(1_500);

    read = 0;
    const controller = new AbortController();
    async function* aborting(): AsyncGenerator<KeyRecord> {
      for await (const record of listing(Number.POSITIVE_INFINITY)) {
        if (read === 2_100) controller.abort();
        yield record;
      }
    }
    await expect(registry.adopt(aborting(), { signal: controller.signal })).rejects.toMatchObject({
      code: "Aborted",
      message: "The adoption was aborted after 2000 keys, which are in the registry; adopt again to go on.",
    });
    // It was stopped when the batch was full, not at the end of the listing.
    expect(read).toBe(2_500);
    expect(await registry.adopt(all)).toEqual({ adopted: 600, known: 2_000 });
    expect((await collect(registry.keys())).map(({ uri }) => uri)).toEqual(all.map(({ uri }) => uri));
    expect((await collect(registry.audit())).flatMap(({ keys }) => keys)).toHaveLength(2_600);
  });

  test("takes any label", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    const odd = ["", "\0\u0001", "\ud800x", "Ü 🔑 \u202e"].map((label, index) =>
      keyRecord(`encedo://hem.example/${index}`, { label }),
    );
    await registry.adopt(odd);
    expect((await collect(registry.keys())).map(({ label }) => label)).toEqual([
      "",
      "\ufffd\u0001",
      "\ufffdx",
      "Ü 🔑 \u202e",
    ]);
    expect(await registry.adopt(odd)).toEqual({ adopted: 0, known: 4 });
    expect(await collect(registry.audit())).toHaveLength(1);
  });

  test("by two at once takes each key in once", async (context) => {
    const database = await databaseUri(kind, context);
    await using first = await openRegistry({ database });
    await using second = await openRegistry({ database });
    const adoptions = await Promise.all([first.adopt(records(1_100)), second.adopt(records(1_100).toReversed())]);
    expect(adoptions.map(({ adopted }) => adopted).reduce((sum, count) => sum + count)).toBe(1_100);
    expect(adoptions.map(({ known }) => known).reduce((sum, count) => sum + count)).toBe(1_100);
  });

  test("refuses what is no record", async (context) => {
    await using registry = await openRegistry({ database: await databaseUri(kind, context) });
    const wrong = [{ ...keyRecord("encedo://hem.example/1"), keyType: "RSA" }, null, keyRecord("no uri")];
    for (const record of wrong) {
      // A JavaScript caller may give anything.
      const given = [record].filter((item): item is KeyRecord => item !== undefined);
      await expect(registry.adopt(given)).rejects.toMatchObject({ code: "InvalidRequest" });
    }
    await expect(registry.adopt(records(1), { tags: [""] })).rejects.toMatchObject({ code: "InvalidRequest" });
    expect(await collect(registry.keys())).toEqual([]);
  });
});

describe.each(DATABASE_KINDS)("keys on %s", (kind) => {
  async function withOne(database: string): Promise<{ registry: Registry; uri: string }> {
    const registry = await openRegistry({ database });
    await registry.adopt(records(1), { tags: ["one", "two"] });
    return { registry, uri: "encedo://hem.example/000000" };
  }

  test("have tags", async (context) => {
    const { registry, uri } = await withOne(await databaseUri(kind, context));
    await using _ = registry;
    const tagged = await registry.setTags(uri, ["b", "a", "b"], { reason: "sorted" });
    expect(tagged.tags).toEqual(["a", "b"]);
    expect(await registry.setTags(uri, ["a", "b"])).toEqual(tagged);
    expect((await registry.setTags(uri, [])).tags).toEqual([]);
    expect((await collect(registry.audit())).map(({ action }) => action)).toEqual(["tag", "tag", "adopt"]);
    await expect(registry.setTags(uri, ["a\u0000"])).rejects.toMatchObject({ code: "InvalidRequest" });
    await expect(registry.setTags("encedo://hem.example/9", ["a"])).rejects.toMatchObject({ code: "KeyNotFound" });
  });

  test("are forgotten, and aliases that name them stay", async (context) => {
    const { registry, uri } = await withOne(await databaseUri(kind, context));
    await using _ = registry;
    await registry.setAlias("payments", uri);
    await registry.forget("encedo://HEM.example/000000");
    await expect(registry.key(uri)).rejects.toMatchObject({
      code: "KeyNotFound",
      message: `The registry has no key ${uri}.`,
    });
    await expect(registry.forget(uri)).rejects.toMatchObject({ code: "KeyNotFound" });
    expect((await registry.resolve("payments")).key).toBe(uri);
    expect(await registry.adopt(records(1))).toEqual({ adopted: 1, known: 0 });
    expect((await registry.key(uri)).tags).toEqual([]);
  });
});

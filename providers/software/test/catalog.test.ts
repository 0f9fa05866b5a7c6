import { describe, expect, test } from "vitest";
import { isKeyrailError, type KeyRecord } from "@keyrail/core";
import type { SoftwareProvider } from "../src/index.ts";
import { bytes, openFile, rejection, required, STORES, storePath } from "./support/stores.ts";

const SIGNING = { keyType: "Ed25519", usages: ["sign", "verify"] } as const;

async function labels(records: AsyncIterable<KeyRecord>): Promise<string[]> {
  const found: string[] = [];
  for await (const { label } of records) found.push(label);
  return found;
}

async function fill(provider: SoftwareProvider, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `key ${index}`);
  const secret = new Uint8Array(16);
  const request = { kind: "secret", keyType: "HMAC-SHA-256", secret, usages: ["mac"] } as const;
  await Promise.all(names.map((label) => provider.keys.import({ ...request, label })));
  return names;
}

describe.each(STORES)("%s store", (_name, openStore) => {
  test("lists every key once, in the order they were made, whatever the page size", async () => {
    const provider = await openStore();
    const catalog = required(provider.catalog);
    const names = await fill(provider, 23);
    for (const pageSize of [1, 2, 22, 23, 24, 1000]) expect(await labels(catalog.list({ pageSize }))).toEqual(names);
  });

  test("what a receiver does to a record changes nothing of the key", async () => {
    const provider = await openStore();
    const made = await provider.keys.create({
      keyType: "P-256",
      usages: ["sign", "verify"],
      algorithms: ["ES256"],
      label: "orders",
    });
    const got = await required(provider.catalog).get(made.uri);
    const [listed] = await Array.fromAsync(required(provider.catalog).list());
    for (const record of [made, got, required(listed)]) {
      expect(() => Reflect.apply(Array.prototype.push, record.usages, ["agree"])).toThrow(TypeError);
      expect(() => Reflect.apply(Array.prototype.push, record.algorithms, ["ECDH"])).toThrow(TypeError);
      expect(Reflect.set(record, "label", "other")).toBe(false);
    }
    await rejection(
      required(provider.agreement).agree({
        key: made.uri,
        algorithm: "ECDH",
        peer: { publicKey: required(made.publicKey) },
      }),
      "UsageNotPermitted",
    );
    expect(await required(provider.catalog).get(made.uri)).toMatchObject({
      label: "orders",
      usages: ["sign", "verify"],
    });
  });

  test("a listing survives removals and additions while it runs", async () => {
    const provider = await openStore();
    const catalog = required(provider.catalog);
    const names = await fill(provider, 12);
    const records = await Array.fromAsync(catalog.list());
    const met: string[] = [];
    for await (const { label } of catalog.list({ pageSize: 3 })) {
      met.push(label);
      if (met.length === 2) await catalog.remove(required(records[7]).uri);
      if (met.length === 4) await provider.keys.create({ ...SIGNING, label: "late" });
    }
    expect(met.filter((label) => label !== "late")).toEqual(names.filter((label) => label !== "key 7"));
  });

  test("searches by label and by the start of the description", async () => {
    const provider = await openStore();
    const catalog = required(provider.catalog);
    const made: [string, string | undefined][] = [
      ["a", "run 1: x"],
      ["a", "run 2: y"],
      ["b", "run 1: z"],
      ["b", undefined],
      ["c", "run \u{10ffff}"],
      ["c", "Run 1: other case"],
      ["d%_", ""],
    ];
    for (const [label, description] of made) {
      await provider.keys.create({ ...SIGNING, label, ...(description === undefined ? {} : { description }) });
    }
    expect(await labels(catalog.search({ label: "a" }))).toEqual(["a", "a"]);
    expect(await labels(catalog.search({ label: "A" }))).toEqual([]);
    expect(await labels(catalog.search({ label: "d%_" }))).toEqual(["d%_"]);
    expect((await labels(catalog.search({ descriptionPrefix: "run 1" }))).sort()).toEqual(["a", "b"]);
    expect(await labels(catalog.search({ label: "a", descriptionPrefix: "run 2" }))).toEqual(["a"]);
    expect(await labels(catalog.search({ descriptionPrefix: "run \u{10ffff}" }))).toEqual(["c"]);
    expect((await labels(catalog.search({ descriptionPrefix: "" }, { pageSize: 2 }))).sort()).toEqual([
      "a",
      "a",
      "b",
      "c",
      "c",
      "d%_",
    ]);
  });

  test("renames and keeps the rest", async () => {
    const provider = await openStore();
    const catalog = required(provider.catalog);
    const made = await provider.keys.create({ ...SIGNING, label: "old", description: "text" });
    const renamed = await catalog.rename({ key: made.uri, label: "new" });
    expect(renamed).toMatchObject({ id: made.id, label: "new", description: "text", createdAt: made.createdAt });
    expect(await catalog.get(made.uri)).toEqual(renamed);
    const bare = await catalog.rename({ key: made.uri, description: null });
    expect(bare).toMatchObject({ label: "new" });
    expect(bare).not.toHaveProperty("description");
    expect(await labels(catalog.search({ label: "old" }))).toEqual([]);
    expect(await labels(catalog.search({ label: "new" }))).toEqual(["new"]);
    const message = bytes("m");
    const { signature } = await required(provider.signer).sign({ key: made.uri, algorithm: "Ed25519", message });
    expect(await required(provider.verifier).verify({ key: made.uri, algorithm: "Ed25519", message, signature })).toBe(
      true,
    );
  });

  test("what is gone is not found", async () => {
    const provider = await openStore();
    const catalog = required(provider.catalog);
    const { uri, id } = await provider.keys.create({ ...SIGNING, label: "gone" });
    await catalog.remove(uri);
    for (const key of [uri, id, "no-such-id", "01890000-0000-7000-8000-000000000000"]) {
      await rejection(catalog.get(key), "KeyNotFound");
      await rejection(catalog.remove(key), "KeyNotFound");
      await rejection(catalog.rename({ key, label: "x" }), "KeyNotFound");
      await rejection(
        required(provider.signer).sign({ key, algorithm: "Ed25519", message: bytes("m") }),
        "KeyNotFound",
      );
      await rejection(provider.keys.getPublic(key), "KeyNotFound");
    }
    await rejection(catalog.get("software:/elsewhere/keys.sqlite/01890000-0000-7000-8000-000000000000"), "KeyNotFound");
  });

  test("idempotency keys: same intent, one key; another request, a conflict", async () => {
    const provider = await openStore();
    const options = { idempotencyKey: "intent 1" };
    const request = { ...SIGNING, label: "once" };
    const records = await Promise.all(Array.from({ length: 8 }, () => provider.keys.create(request, options)));
    expect(new Set(records.map(({ id }) => id)).size).toBe(1);
    const reordered = { ...request, usages: ["verify", "sign"], extractable: false } as const;
    expect((await provider.keys.create(reordered, options)).id).toBe(records[0]?.id);
    expect(await labels(required(provider.catalog).list())).toEqual(["once"]);
    for (const other of [
      { ...request, label: "twice" },
      { ...request, extractable: true },
      { ...SIGNING, keyType: "Ed448", label: "once" },
    ] as const) {
      await rejection(provider.keys.create(other, options), "IdempotencyConflict");
    }
    const secret = { kind: "secret", keyType: "AES-128", usages: ["encrypt"], label: "s" } as const;
    const imported = await provider.keys.import({ ...secret, secret: new Uint8Array(16) }, { idempotencyKey: "i2" });
    expect((await provider.keys.import({ ...secret, secret: new Uint8Array(16) }, { idempotencyKey: "i2" })).id).toBe(
      imported.id,
    );
    const wrong = { ...secret, secret: new Uint8Array(16).fill(1) };
    const conflict = await rejection(provider.keys.import(wrong, { idempotencyKey: "i2" }), "IdempotencyConflict");
    expect(conflict.context).toEqual({ idempotencyKey: "i2" });
    await required(provider.catalog).remove(imported.uri);
    const gone = provider.keys.import({ ...secret, secret: new Uint8Array(16) }, { idempotencyKey: "i2" });
    await rejection(gone, "KeyNotFound");
  });

  test("an aborted call has no effect; a closed provider says so", async () => {
    const provider = await openStore();
    const abort = new AbortController();
    const calls = [1, 2, 3].map((index) =>
      provider.keys.create({ ...SIGNING, label: `${index}` }, index === 2 ? { signal: abort.signal } : {}),
    );
    abort.abort();
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const [, aborted] = results;
    expect(aborted?.status === "rejected" && isKeyrailError(aborted.reason, "Aborted")).toBe(true);
    await provider.close();
    await rejection(provider.keys.create({ ...SIGNING, label: "late" }), "Closed");
    await rejection(required(provider.catalog).get("x"), "Closed");
    expect(await provider.health()).toMatchObject({ healthy: false });
  });
});

describe("two providers on one file", () => {
  test("each sees what the other did", async () => {
    const path = storePath();
    const one = await openFile(path);
    const two = await openFile(path);
    const made = await one.keys.create({ ...SIGNING, label: "shared" });
    const message = bytes("m");
    const request = { key: made.id, algorithm: "Ed25519", message } as const;
    const { signature } = await required(two.signer).sign(request);
    expect(await required(one.verifier).verify({ ...request, signature })).toBe(true);
    const handle = await required(two.opener).open(made.uri);
    await required(one.catalog).remove(made.uri);
    // Other processes' changes are looked for every 50 ms.
    await expect
      .poll(() =>
        required(two.signer)
          .sign(request)
          .then(
            () => "signed",
            (error: unknown) => isKeyrailError(error, "KeyNotFound"),
          ),
      )
      .toBe(true);
    expect(() => handle.sign({ algorithm: "Ed25519", message })).toThrowError(
      expect.objectContaining({ code: "Closed" }),
    );
  });

  test("writes of both at once are all kept", async () => {
    const path = storePath();
    const providers = [await openFile(path), await openFile(path)];
    const made = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        required(providers[index % 2]).keys.create(
          { ...SIGNING, label: `${index}` },
          { idempotencyKey: `key ${index >> 1}-${index % 2}` },
        ),
      ),
    );
    const listed = await Array.fromAsync(required(required(providers[0]).catalog).list());
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)));
  });
});

/** Get, list, search, rename, remove: with the device's traps around them. */

import { PublicKey } from "@keyrail/core";
import { generatePrivateKey } from "@keyrail/crypto";
import { describe, expect, test } from "vitest";
import { collect, type EncedoProvider, rejection, startDevice, type TestDevice } from "./device.ts";

async function withKeys(count: number): Promise<{ device: TestDevice; provider: EncedoProvider }> {
  const device = await startDevice();
  device.emulator.addKeys(
    Array.from({ length: count }, (_, index) => ({ type: "AES256" as const, label: `key ${index}` })),
  );
  return { device, provider: await device.open() };
}

describe("list", () => {
  test("gives every key once, over pages of any size", async () => {
    for (const pageSize of [1, 7, 15, 1000]) {
      const { device, provider } = await withKeys(40);
      await using _device = device;
      const keys = await collect(provider.catalog.list({ pageSize }));
      expect(keys.map(({ label }) => label)).toEqual(Array.from({ length: 40 }, (_, index) => `key ${index}`));
    }
  });

  test("misses no key although others are removed while it runs", async () => {
    const { device, provider } = await withKeys(60);
    await using _device = device;
    const seen: string[] = [];
    for await (const { label, uri } of provider.catalog.list()) {
      seen.push(label);
      await provider.catalog.remove(uri);
    }
    expect(new Set(seen).size).toBe(60);
    expect(seen).toHaveLength(60);
    expect(await collect(provider.catalog.list())).toEqual([]);
  });

  test("leaves out what is no key of the vocabulary, and tells of it", async () => {
    await using device = await startDevice();
    device.emulator.pairAuthenticator("somebody's phone");
    const skipped: { reason: string; type: string }[] = [];
    const provider = await device.open({ onSkippedRecord: ({ reason, type }) => skipped.push({ reason, type }) });
    await provider.keys.create({ keyType: "AES-128", usages: ["wrap"], label: "a key" });
    expect((await collect(provider.catalog.list())).map(({ label }) => label)).toEqual(["a key"]);
    expect(skipped.map(({ reason }) => reason)).toContain("pairing of an authenticator");
    expect(skipped.map(({ type }) => type)).toContain("ATT,PKEY,GENERIC_DER");
  });
});

describe("get", () => {
  test("of a key that was listed is one request; of one renamed elsewhere it finds the new name", async () => {
    const { device, provider } = await withKeys(20);
    await using _device = device;
    const [first] = await collect(provider.catalog.list());
    if (first === undefined) throw new Error("There is no key.");
    device.emulator.requests.reset();
    expect((await provider.catalog.get(first.uri)).label).toBe("key 0");
    expect(device.emulator.requests.counters.byEndpoint["GET /api/keymgmt/list/0/15"]).toBeUndefined();

    const other = await device.open();
    device.emulator.controls.shiftClock(10);
    await other.catalog.rename({ key: first.uri, label: "renamed elsewhere" });
    expect((await provider.catalog.get(first.uri)).label).toBe("renamed elsewhere");
  });

  test("of what is not there costs one request, of what can't be there none", async () => {
    const { device, provider } = await withKeys(1);
    await using _device = device;
    await rejection(provider.catalog.get("0".repeat(32)));
    device.emulator.requests.reset();
    expect((await rejection(provider.catalog.get("f".repeat(32)))).code).toBe("KeyNotFound");
    expect(device.emulator.requests.counters.requests).toBe(1);
    expect((await rejection(provider.catalog.get("no-such-key"))).code).toBe("KeyNotFound");
    expect(device.emulator.requests.counters.requests).toBe(1);
  });

  test("takes ids in any case", async () => {
    const { device, provider } = await withKeys(0);
    await using _device = device;
    const { id } = await provider.keys.create({ keyType: "X25519", usages: ["agree"], label: "case" });
    expect((await provider.catalog.get(id.toUpperCase())).id).toBe(id);
  });
});

describe("names", () => {
  test("a new label keeps the description, the usages and the trace of the idempotency key", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    const request = { keyType: "P-256", usages: ["sign"], label: "old", description: "Zażółć gęślą" } as const;
    const { uri } = await provider.keys.create(request, { idempotencyKey: "intent" });
    const renamed = await provider.catalog.rename({ key: uri, label: "new" });
    expect(renamed).toMatchObject({ label: "new", description: "Zażółć gęślą", usages: ["sign"] });

    const other = await device.open();
    expect(await other.catalog.get(uri)).toMatchObject({
      label: "new",
      description: "Zażółć gęślą",
      usages: ["sign"],
    });
    expect((await other.keys.create(request, { idempotencyKey: "intent" })).uri).toBe(uri);
    expect((await other.catalog.rename({ key: uri, description: null })).description).toBeUndefined();
    expect((await other.keys.create(request, { idempotencyKey: "intent" })).uri).toBe(uri);
  });

  test("a description that is not text is kept as it is and shown in base64", async () => {
    await using device = await startDevice();
    const description = Uint8Array.from([0xff, 0xfe, 0x00, 0x80]);
    const [kid = ""] = device.emulator.addKeys([{ type: "AES256", label: "binary", description }]);
    const provider = await device.open();
    await provider.catalog.rename({ key: kid, label: "renamed" });
    const record = await (await device.open()).catalog.get(kid);
    expect(record).toMatchObject({ label: "renamed", vendor: { descr: "//4AgA==" } });
    expect(record.description).toBeUndefined();
  });

  test("a search finds descriptions by their beginning, with and without marker, over many pages", async () => {
    await using device = await startDevice();
    device.emulator.addKeys(
      Array.from({ length: 33 }, (_, index) => ({
        type: "AES128" as const,
        label: `key ${index}`,
        description: new TextEncoder().encode(index % 2 === 0 ? `invoice ${index}` : `order ${index}`),
      })),
    );
    const provider = await device.open();
    const making = { keyType: "AES-256", usages: ["encrypt"], label: "mine", description: "invoice of mine" } as const;
    await provider.keys.create(making, { idempotencyKey: "mine" });
    const found = await collect(provider.catalog.search({ descriptionPrefix: "invoice" }));
    expect(found).toHaveLength(18);
    expect(await collect(provider.catalog.search({ descriptionPrefix: "nothing" }))).toEqual([]);
    expect(await collect(provider.catalog.search({ descriptionPrefix: "x".repeat(65) }))).toEqual([]);
  });
});

describe("keys the device holds already", () => {
  test("an imported one is refused with its URI", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    const publicKey = PublicKey.fromRaw("Ed448", generatePrivateKey("Ed448").publicKey);
    const request = { kind: "public", publicKey, usages: ["verify"], label: "once" } as const;
    const { uri } = await provider.keys.import(request);
    expect(await rejection(provider.keys.import(request))).toMatchObject({ code: "KeyExists", context: { key: uri } });
  });

  test("a derived one is refused, with its URI where that is certain", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    const { uri: key } = await provider.keys.create({ keyType: "X25519", usages: ["derive"], label: "source" });
    const peer = { publicKey: PublicKey.fromRaw("X25519", generatePrivateKey("X25519").publicKey) };
    for (const [keyType, usages, certain] of [
      ["HMAC-SHA-256", ["mac"], true],
      ["P-256", ["sign"], false],
    ] as const) {
      const request = { kind: "ecdh", key, peer, keyType, usages, label: "once" } as const;
      const { uri } = await provider.keys.derive(request);
      const error = await rejection(provider.keys.derive(request));
      expect(error).toMatchObject({ code: "KeyExists", context: certain ? { key: uri } : {} });
    }
  });

  test("a key removed elsewhere is not there any more", async () => {
    await using device = await startDevice();
    const provider = await device.open();
    const { uri } = await provider.keys.create({ keyType: "AES-256", usages: ["encrypt"], label: "short-lived" });
    await (await device.open()).catalog.remove(uri);
    const request = { key: uri, algorithm: "A256GCM", plaintext: new Uint8Array(16) } as const;
    expect((await rejection(provider.cipher.encrypt(request))).code).toBe("KeyNotFound");
    expect((await rejection(provider.catalog.remove(uri))).code).toBe("KeyNotFound");
  });
});

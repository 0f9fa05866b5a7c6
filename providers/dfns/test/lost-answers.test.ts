/** Answers that never come: with an idempotency key there is one key afterwards, without one the error says so. */

import { randomBytes } from "node:crypto";
import type { CallOptions, KeyRecord, Provider } from "@keyrail/core";
import type { DfnsEmulator, FaultAction } from "@keyrail/emulator-dfns";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { encryptShares } from "../src/import/encrypt-shares.ts";
import { rankSigners } from "../src/import/share-signers.ts";
import { all, openOn, present, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator;
let provider: Provider;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());
beforeEach(async () => {
  provider = await openOn(emulator);
});
afterEach(async () => {
  emulator.faults.clear();
  await provider.close();
});

const LOSSES: readonly (readonly [string, FaultAction])[] = [
  ["the connection is closed before the effect", { kind: "drop", when: "before" }],
  ["the connection is closed after the effect", { kind: "drop", when: "after" }],
  ["the connection is reset before the effect", { kind: "reset", when: "before" }],
  ["the connection is reset after the effect", { kind: "reset", when: "after" }],
  ["the answer ends in its middle", { kind: "close-mid-body", bytes: 10 }],
  [
    "a gateway answers 502 after the effect",
    { kind: "respond", when: "after", status: 502, bodyBase64: btoa("<html>") },
  ],
  [
    "a gateway answers 200 with a page after the effect",
    { kind: "respond", when: "after", status: 200, bodyBase64: btoa("<html>") },
  ],
];

/** A way to make a key, with the operation that it is at Dfns. */
interface Maker {
  readonly name: string;
  readonly operation: "CreateKey" | "ImportKey";
  /** Looks for a marker first. */
  readonly marked?: true;
  prepare(label: string): Promise<(on: Provider, options?: CallOptions) => Promise<KeyRecord>>;
}

const MAKERS: readonly Maker[] = [
  {
    name: "create",
    marked: true,
    operation: "CreateKey",
    prepare: async (label) => (on, options) => on.keys.create({ keyType: "Ed25519", usages: ["sign"], label }, options),
  },
  {
    name: "create with a long label",
    marked: true,
    operation: "CreateKey",
    prepare: async (label) => (on, options) =>
      on.keys.create({ keyType: "stark", usages: ["sign"], label: label.padEnd(100, "x") }, options),
  },
  {
    name: "import of a private key",
    operation: "ImportKey",
    prepare: async (label) => {
      const bytes = randomBytes(32);
      return (on, options) =>
        on.keys.import(
          { kind: "private", privateKey: { keyType: "Ed25519", format: "seed", bytes }, usages: ["sign"], label },
          options,
        );
    },
  },
  {
    name: "import of encrypted shares",
    marked: true,
    operation: "ImportKey",
    prepare: async (label) => {
      const shares = await sharesForEmulator();
      return (on, options) =>
        on.keys.import(
          { kind: "encrypted-shares", keyType: "secp256k1", threshold: 3, shares, usages: ["sign"], label },
          options,
        );
    },
  },
  {
    name: "derive",
    operation: "CreateKey",
    prepare: async (label) => {
      const master = await provider.keys.create({
        keyType: "secp256k1",
        hierarchical: "BIP32",
        usages: ["sign", "derive"],
        label: "master",
      });
      return (on, options) =>
        on.keys.derive({ kind: "hd", key: master.uri, path: "m/7", usages: ["sign"], label }, options);
    },
  },
];

/** A random secp256k1 key, split and encrypted as a caller would who keeps the secret elsewhere. */
async function sharesForEmulator() {
  const answer = await fetchSigners();
  const scalar = randomBytes(32);
  scalar[0] = 1;
  const { shares } = await encryptShares({ curve: "secp256k1", scalar }, rankSigners(answer));
  return shares.map(({ signerId, encryptedKeyShare }) => ({
    holder: signerId,
    ciphertext: Buffer.from(encryptedKeyShare, "base64"),
  }));
}

async function fetchSigners() {
  const { createHttpClient } = await import("@keyrail/http");
  const { signersSchema } = await import("../src/client/schemas.ts");
  const client = await createHttpClient({ provider: "dfns", origin: emulator.url, tls: { ca: emulator.caPem } });
  try {
    const { body } = await client.request({
      method: "GET",
      path: "/signers",
      headers: { authorization: `Bearer ${emulator.authToken}` },
      operation: "read the signers",
      mutates: false,
    });
    return signersSchema.parse(JSON.parse(body));
  } finally {
    await client.close();
  }
}

let serial = 0;
const newLabel = (): string => `lost ${++serial}`;

async function keysNamed(label: string): Promise<KeyRecord[]> {
  return (await all(present(provider.catalog).list())).filter((record) => record.label.startsWith(label));
}

describe.each(MAKERS)("$name", ({ operation, prepare, marked }) => {
  it.each(LOSSES)("%s: one key", async (_name, action) => {
    const label = `${newLabel()} #`;
    const make = await prepare(label);
    const before = emulator.totals().keys;
    emulator.faults.add({ match: { operation }, action });
    const record = await make(provider, { idempotencyKey: label });
    expect(record.label.startsWith(label)).toBe(true);
    expect(emulator.totals().keys - before).toBe(1);
    // Again in this process, and by another one: the same key.
    expect((await make(provider, { idempotencyKey: label })).id).toBe(record.id);
    expect((await keysNamed(label)).map(({ id }) => id)).toEqual([record.id]);
  });

  it("without an idempotency key it is asked for once, and the error says that it may be there", async () => {
    const make = await prepare(newLabel());
    const before = emulator.totals().keys;
    emulator.faults.add({ match: { operation }, action: { kind: "drop", when: "after" } });
    emulator.counters.reset();
    await expect(make(provider)).rejects.toMatchObject({ code: "UnknownOutcome", retry: "unknown-outcome" });
    expect(emulator.counters.values().byOperation[operation]).toBe(1);
    expect(emulator.totals().keys - before).toBe(1);
  });

  it("when nothing can be learned, the next process finds the key", async () => {
    const label = newLabel();
    const make = await prepare(label);
    const before = emulator.totals().keys;
    emulator.faults.add({ match: { operation }, action: { kind: "drop", when: "after" } });
    // The answer is lost, and from then on nothing can be read nor asked again.
    const skip = marked === true ? 1 : 0;
    emulator.faults.add({
      match: { operation: "ListKeys" },
      skip,
      times: "always",
      action: { kind: "status", status: 500 },
    });
    emulator.faults.add({ match: { operation }, times: "always", action: { kind: "drop", when: "before" } });
    await expect(make(provider, { idempotencyKey: label })).rejects.toMatchObject({ retry: "unknown-outcome" });
    emulator.faults.clear();
    const other = await openOn(emulator);
    try {
      const record = await make(other, { idempotencyKey: label });
      expect(record.label.startsWith(label)).toBe(true);
      expect(emulator.totals().keys - before).toBe(1);
    } finally {
      await other.close();
    }
  });
});

describe("sign", () => {
  it.each(LOSSES)("%s: one signature", async (_name, action) => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: newLabel() });
    const before = emulator.totals().signatures;
    emulator.faults.add({ match: { operation: "GenerateSignature" }, action });
    const request = { key: uri, algorithm: "Ed25519", message: randomBytes(9) } as const;
    const idempotencyKey = `sign-${++serial}`;
    const first = await present(provider.signer).sign(request, { idempotencyKey });
    expect(emulator.totals().signatures - before).toBe(1);
    expect(await present(provider.signer).sign(request, { idempotencyKey })).toEqual(first);
    expect(emulator.totals().signatures - before).toBe(1);
  });

  it("without an idempotency key the error says that it may have been done", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: newLabel() });
    emulator.faults.add({ match: { operation: "GenerateSignature" }, action: { kind: "reset", when: "after" } });
    await expect(
      present(provider.signer).sign({ key: uri, algorithm: "Ed25519", message: randomBytes(1) }),
    ).rejects.toMatchObject({ code: "UnknownOutcome", retry: "unknown-outcome" });
  });

  it("the same idempotency key for another message is a conflict", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: newLabel() });
    const signer = present(provider.signer);
    const idempotencyKey = `sign-${++serial}`.padEnd(64, "x");
    await signer.sign({ key: uri, algorithm: "Ed25519", message: randomBytes(9) }, { idempotencyKey });
    await expect(
      signer.sign({ key: uri, algorithm: "Ed25519", message: randomBytes(9) }, { idempotencyKey }),
    ).rejects.toMatchObject({ code: "IdempotencyConflict", context: { idempotencyKey } });
  });
});

describe("rename and archive", () => {
  it.each(LOSSES)("%s: done all the same", async (_name, action) => {
    const catalog = present(provider.catalog);
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: newLabel() });
    emulator.faults.add({ match: { operation: "UpdateKey" }, action });
    expect((await catalog.rename({ key: uri, label: "renamed" })).label).toBe("renamed");
    emulator.faults.add({ match: { operation: "DeleteKey" }, action });
    await catalog.remove(uri);
    await expect(catalog.get(uri)).rejects.toMatchObject({ code: "KeyNotFound" });
  });
});

describe("the names at Dfns", () => {
  it("a marked key shows its label, keeps the marker when renamed, and a long label is whole at Dfns", async () => {
    const catalog = present(provider.catalog);
    const options = { idempotencyKey: "named" };
    const record = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "treasury" }, options);
    expect(record.vendor?.["name"]).toMatch(/^treasury kr:[\w-]{30}$/);
    const renamed = await catalog.rename({ key: record.uri, label: "vault" });
    expect(renamed.label).toBe("vault");
    expect(renamed.vendor?.["name"]).toMatch(/^vault kr:[\w-]{30}$/);
    const label = "l".repeat(100);
    const long = await provider.keys.create(
      { keyType: "Ed25519", usages: ["sign"], label },
      { idempotencyKey: "long" },
    );
    expect(long.vendor?.["name"]).toBe(label);
    const found = await all(catalog.search({ label: "vault" }));
    expect(found.map(({ id }) => id)).toEqual([record.id]);
  });
});

describe("what the caller knows of earlier attempts", () => {
  const request = { keyType: "Ed25519", usages: ["sign"], label: "earlier" } as const;
  const lists = (): number => emulator.counters.values().byOperation["ListKeys"] ?? 0;

  it("none: the keys are not listed, and the key is found all the same by whoever comes later", async () => {
    emulator.counters.reset();
    const options = { idempotencyKey: newLabel(), earlierAttempt: "none" } as const;
    const { id } = await provider.keys.create(request, options);
    expect(lists()).toBe(0);
    const other = await openOn(emulator);
    try {
      expect((await other.keys.create(request, { ...options, earlierAttempt: "possible" })).id).toBe(id);
    } finally {
      await other.close();
    }
  });

  it("possible: a key that another process made after this one read the list is found", async () => {
    const idempotencyKey = newLabel();
    await provider.keys.create(request, { idempotencyKey: newLabel() });
    const other = await openOn(emulator);
    try {
      const { id } = await other.keys.create(request, { idempotencyKey });
      expect((await provider.keys.create(request, { idempotencyKey, earlierAttempt: "possible" })).id).toBe(id);
    } finally {
      await other.close();
    }
  });

  it("possible: many who look at one time share the readings of the list", async () => {
    const keys = Array.from({ length: 20 }, () => newLabel());
    const before = emulator.totals().keys;
    emulator.counters.reset();
    const options = (idempotencyKey: string) => ({ idempotencyKey, earlierAttempt: "possible" }) as const;
    const first = await Promise.all(keys.map((key) => provider.keys.create(request, options(key))));
    const pages = Math.ceil((before + keys.length) / 100);
    expect(lists()).toBeLessThanOrEqual(2 * pages);
    const other = await openOn(emulator);
    try {
      const second = await Promise.all(keys.map((key) => other.keys.create(request, options(key))));
      expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    } finally {
      await other.close();
    }
    expect(emulator.totals().keys - before).toBe(keys.length);
  });
});

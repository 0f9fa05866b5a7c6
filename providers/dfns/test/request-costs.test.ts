/** The declared requests of each call are the ones that arrive at the service. */

import { randomBytes } from "node:crypto";
import type { CallOptions, CapabilityRow, Operation, Provider } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, expect, it } from "vitest";
import { all, openOn, present, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator;
let provider: Provider;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await openOn(emulator, { exportContract: true });
});
afterAll(async () => {
  await provider.close();
  await emulator.close();
});

async function requestsOf(call: () => Promise<unknown>): Promise<number> {
  const before = emulator.counters.values().requests;
  await call();
  return emulator.counters.values().requests - before;
}

it("costs what the declaration says", async () => {
  const { keys, capabilities } = provider;
  const [catalog, signer, keyExport] = [
    present(provider.catalog),
    present(provider.signer),
    present(provider.keyExport),
  ];
  const costs = present(capabilities.pace?.requests);
  const declared = (operation: Operation | "get" | "get-public" | "remove"): number =>
    costs.operations?.[operation] ?? costs.each;
  let intent = 0;
  const once = (): CallOptions => ({ idempotencyKey: `intent ${++intent}`, earlierAttempt: "none" });
  const create = () => keys.create({ keyType: "Ed25519", usages: ["sign"], label: "key" }, once());
  const importKey = () => {
    const privateKey = { keyType: "Ed25519", format: "seed", bytes: randomBytes(32) } as const;
    return keys.import({ kind: "private", privateKey, usages: ["sign"], label: "key" }, once());
  };
  // The list of what intents have made, and the signers of an import, are read once.
  const own = await create();
  await importKey();

  expect(await requestsOf(create)).toBe(declared("create"));
  expect(await requestsOf(importKey)).toBe(declared("import:private"));
  const message = randomBytes(8);
  expect(await requestsOf(() => signer.sign({ key: own.uri, algorithm: "Ed25519", message }))).toBe(declared("sign"));
  expect(await requestsOf(() => keyExport.export(own.uri))).toBe(declared("export"));
  expect(await requestsOf(() => keys.getPublic(own.uri))).toBe(declared("get-public"));
  expect(await requestsOf(() => catalog.get(own.uri))).toBe(declared("get"));
  const master = await keys.create(
    { keyType: "secp256k1", usages: ["sign", "derive"], hierarchical: "BIP32", label: "master" },
    once(),
  );
  const derive = () =>
    keys.derive({ kind: "hd", key: master.uri, path: "m/1", usages: ["sign"], label: "child" }, once());
  expect(await requestsOf(derive)).toBe(declared("derive:hd"));
  expect(await requestsOf(() => catalog.remove(own.uri))).toBe(declared("remove"));
  // Public keys of keys that were just listed, by a provider that never saw them before.
  await using other = await openOn(emulator);
  const listing = await requestsOf(() => all(present(other.catalog).list()));
  const reading = await requestsOf(async () => {
    for await (const { uri } of present(other.catalog).list()) await other.keys.getPublic(uri);
  });
  expect(reading).toBe(listing);
});

it("makes keys as the rows say: with which algorithms, usages and extractability when they are not named", async () => {
  const rows = provider.capabilities.rows.filter(({ operation }) => operation === "create");
  for (const row of rows) {
    const { keyType, usages, hierarchical } = attributesOf(row);
    const record = await provider.keys.create({
      keyType,
      usages,
      label: "row",
      ...(hierarchical === undefined ? {} : { hierarchical }),
      ...(row.keyAlgorithms?.[0] === undefined ? {} : { algorithms: row.keyAlgorithms[0] }),
    });
    expect(record.algorithms).toEqual(row.keyAlgorithms?.[0] ?? row.defaultKeyAlgorithms);
    expect(record.extractable).toBe(row.always?.includes("extractable") === true && row.extractable === true);
    if (usages.length > 1) {
      // Fewer usages were asked for.
      const narrow = await provider.keys.create({
        keyType,
        usages: ["derive"],
        label: "row",
        ...(hierarchical === undefined ? {} : { hierarchical }),
        ...(row.keyAlgorithms?.[0] === undefined ? {} : { algorithms: row.keyAlgorithms[0] }),
      });
      expect(row.always).toContain("usages");
      expect(narrow.usages).toEqual(usages);
    }
  }
});

function attributesOf({ keyTypes, usages, hierarchical }: CapabilityRow) {
  return { keyType: present(keyTypes[0]), usages: present(usages?.[0]), hierarchical: hierarchical?.[0] };
}

it("opens no more connections than requests may be in flight, however many calls there are", async () => {
  await using narrow = await openOn(emulator, { maximumInFlight: 4 });
  const before = emulator.counters.values().connectionsOpened;
  const create = () => narrow.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "key" });
  await Promise.all(Array.from({ length: 40 }, create));
  const { uri } = await create();
  for (let round = 0; round < 40; round++) await narrow.catalog?.get(uri);
  const opened = emulator.counters.values().connectionsOpened - before;
  expect(opened).toBeGreaterThan(0);
  expect(opened).toBeLessThanOrEqual(4);
});

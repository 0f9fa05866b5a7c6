/** Runs between two software stores, from plan to verified. */

import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { CreateRequest, Provider } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databaseUri } from "../../../test/postgresql.ts";
import {
  applyRun,
  type ApplyOptions,
  type ApplyProgress,
  cancelRun,
  type ItemSteps,
  type Journal,
  openJournal,
  pauseRun,
  proveKey,
  verifyKey,
} from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { keysOf, makeKeys, makeRun, many } from "./support/runs.ts";

let database = "";
let journal: Journal;
let source: Provider;
let target: Provider;

beforeEach(async (context) => {
  database = await databaseUri("sqlite", context);
  journal = await openJournal({ database });
  source = await store("source");
  target = await store("target");
});
afterEach(async () => {
  await Promise.all([source.close(), target.close(), journal.close()]);
});

function store(name: string): Promise<Provider> {
  const keyEncryptionKey = { bytes: new Uint8Array(32).fill(7) };
  return openSoftwareProvider({
    store: { kind: "sqlite", path: path.join(path.dirname(database), `${name}.sqlite`), keyEncryptionKey },
  });
}

const sign = ["sign", "verify"] as const;
const FLEET: readonly CreateRequest[] = [
  { keyType: "P-256", usages: sign, label: "kept inside" },
  { keyType: "P-256", usages: sign, label: "may leave", extractable: true },
  { keyType: "Ed25519", usages: sign, label: "may leave too", extractable: true },
  { keyType: "X25519", usages: ["agree"], label: "agrees" },
  { keyType: "ML-KEM-768", usages: ["encapsulate"], label: "encapsulates" },
  { keyType: "AES-256", usages: ["encrypt"], label: "encrypts", extractable: true },
  { keyType: "HMAC-SHA-256", usages: ["mac"], label: "authenticates" },
  { keyType: "secp256k1", usages: ["sign", "derive"], label: "master", hierarchical: "BIP32", extractable: true },
];

/** The real steps, of which one is watched or held. */
function steps(change: Partial<ItemSteps>): ItemSteps {
  return { prove: proveKey, verify: verifyKey, ...change };
}

test("every kind of key arrives, proved and verified, and the source is as it was", async () => {
  await makeKeys(source, FLEET);
  const before = await keysOf(source);
  const { run } = await makeRun(journal, source, target);
  const seen: ApplyProgress[] = [];
  const result = await applyRun({
    journal,
    run,
    source,
    target,
    progressInterval: 1,
    onProgress: (progress) => seen.push(progress),
  });
  const items = await collect(journal.items(run));
  expect(items.filter(({ state }) => state !== "verified").map(({ error, ordinal }) => [ordinal, error])).toEqual([]);
  expect(result).toMatchObject({ outcome: "applied", counts: { verified: FLEET.length, failed: 0, waiting: 0 } });
  expect(items.map(({ proof }) => proof?.kind)).toEqual(items.map(({ planned }) => planned.proof));
  expect(new Set((await keysOf(target)).map(({ uri }) => uri))).toEqual(new Set(items.map((item) => item.target)));
  expect(await keysOf(target)).toHaveLength(items.length);
  expect(await keysOf(source)).toEqual(before);
  expect(seen.at(-1)).toMatchObject({ total: FLEET.length, done: FLEET.length, failed: 0, underway: 0 });
  expect(seen.at(-1)?.strategies.import).toEqual({ total: 4, done: 4 });
  expect((await collect(journal.events(run))).map(({ kind }) => kind)).toEqual([
    "run-created",
    "apply-started",
    "applied",
  ]);
  // Once more: nothing is left, nothing is made.
  expect(await applyRun({ journal, run, source, target })).toMatchObject({ outcome: "applied" });
  expect(await keysOf(target)).toHaveLength(FLEET.length);
});

test("no private byte is in the journal's files", async () => {
  const seeds = [9, 10].map((fill) => Buffer.alloc(32, fill));
  for (const [index, bytes] of seeds.entries()) {
    await source.keys.import({
      kind: "private",
      privateKey: { keyType: index === 0 ? "Ed25519" : "P-256", format: index === 0 ? "seed" : "scalar", bytes },
      usages: sign,
      label: `known ${index}`,
      extractable: true,
    });
  }
  const { run } = await makeRun(journal, source, target);
  expect(await applyRun({ journal, run, source, target })).toMatchObject({ counts: { verified: 2 } });
  const folder = path.dirname(database);
  const files = readdirSync(folder).filter((name) => name.startsWith(path.basename(database)));
  expect(files.length).toBeGreaterThan(1);
  const pkcs8 = createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 9)]),
    format: "der",
    type: "pkcs8",
  }).export({ format: "der", type: "pkcs8" });
  for (const name of files) {
    const content = readFileSync(path.join(folder, name));
    // The public half is there, so looking finds what is there.
    for (const secret of [...seeds, pkcs8.subarray(8)]) {
      for (const form of [secret, ...(["hex", "base64", "base64url"] as const).map((as) => secret.toString(as))]) {
        expect(content.includes(typeof form === "string" ? form.slice(0, 40) : form)).toBe(false);
      }
    }
  }
  const [item] = await collect(journal.items(run));
  const found = files.some((name) => readFileSync(path.join(folder, name)).includes(item?.targetPublicKey ?? "none"));
  expect(found).toBe(true);
});

test("a stop by signal finishes what is under way, and the next call does the rest", async () => {
  await makeKeys(source, many(30, { keyType: "P-256", usages: sign }));
  const { run } = await makeRun(journal, source, target);
  const stop = new AbortController();
  let proved = 0;
  const stopping = steps({
    prove(task) {
      proved += 1;
      if (proved === 7) stop.abort();
      return proveKey(task);
    },
  });
  const first = await applyRun({ journal, run, source, target, steps: stopping, signal: stop.signal, inFlight: 4 });
  expect(first.outcome).toBe("paused");
  expect((await journal.run(run)).state).toBe("paused");
  expect(first.counts.planned).toBeGreaterThan(0);
  expect(first.counts.made + first.counts.proved + first.counts.verified).toBeGreaterThanOrEqual(7);
  const second = await applyRun({ journal, run, source, target });
  expect(second).toMatchObject({ outcome: "applied", counts: { verified: 30 } });
  expect(await keysOf(target)).toHaveLength(30);
  const events = await collect(journal.events(run));
  expect(events.map(({ kind }) => kind)).toEqual(["run-created", "apply-started", "paused", "resumed", "applied"]);
});

describe("from another process", () => {
  /** Proofs wait until the work is to stop; then what is under way is finished. */
  function untilStopped(): Pick<ApplyOptions, "steps" | "onStopping" | "inFlight" | "lease"> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const prove: ItemSteps["prove"] = (task) => promise.then(() => proveKey(task));
    return { steps: steps({ prove }), onStopping: resolve, inFlight: 2, lease: { duration: 60 } };
  }

  test("a pause stops the work, which can go on later", async () => {
    await makeKeys(source, many(20, { keyType: "P-256", usages: sign }));
    const { run } = await makeRun(journal, source, target);
    const applying = applyRun({ journal, run, source, target, ...untilStopped() });
    await expect.poll(async () => (await journal.counts(run)).made).toBeGreaterThan(0);
    await using other = await openJournal({ database });
    await pauseRun(other, run, "operator");
    const result = await applying;
    expect(result.outcome).toBe("paused");
    expect(result.counts.planned).toBeGreaterThan(0);
    expect(await applyRun({ journal, run, source, target })).toMatchObject({ counts: { verified: 20 } });
    expect(await keysOf(target)).toHaveLength(20);
  });

  test("a cancelled run names what it made, and is not applied any more", async () => {
    await makeKeys(source, many(20, { keyType: "P-256", usages: sign }));
    const { run } = await makeRun(journal, source, target);
    const applying = applyRun({ journal, run, source, target, ...untilStopped() });
    await expect.poll(async () => (await journal.counts(run)).made).toBeGreaterThan(0);
    await using other = await openJournal({ database });
    await cancelRun(other, run, "operator");
    expect((await applying).outcome).toBe("cancelled");
    const named = (await collect(journal.items(run))).map((item) => item.target).filter((uri) => uri !== undefined);
    expect((await keysOf(target)).map(({ uri }) => uri).sort()).toEqual(named.sort());
    await expect(applyRun({ journal, run, source, target })).rejects.toThrow("is cancelled");
  });
});

test("one key's failure is its own, and the next call tries it again", async () => {
  const [first] = await makeKeys(source, many(5, { keyType: "P-256", usages: sign }));
  const { run } = await makeRun(journal, source, target);
  const refusing = steps({
    prove(task) {
      if (task.planned.source.uri === first?.uri) throw new TypeError("a defect");
      return proveKey(task);
    },
  });
  const result = await applyRun({ journal, run, source, target, steps: refusing });
  expect(result).toMatchObject({ outcome: "applied", counts: { verified: 4, failed: 1 } });
  const [failed] = await collect(journal.items(run, { failuresFirst: true }));
  expect(failed).toMatchObject({ state: "failed", error: { code: "Internal" } });
  expect(failed?.target).toBeDefined();
  expect(await applyRun({ journal, run, source, target })).toMatchObject({ counts: { verified: 5, failed: 0 } });
  expect((await journal.item(run, failed?.ordinal ?? 0))?.error).toBeUndefined();
  expect(await keysOf(target)).toHaveLength(5);
});

test("a key that does not verify is told with the check that failed", async () => {
  await makeKeys(source, many(1, { keyType: "P-256", usages: sign }));
  const { run } = await makeRun(journal, source, target);
  const check = { name: "signature", passed: false, detail: "It is not one." } as const;
  const wrong = steps({ verify: () => Promise.resolve({ at: 1, passed: false, checks: [check] }) });
  expect(await applyRun({ journal, run, source, target, steps: wrong })).toMatchObject({ counts: { failed: 1 } });
  expect((await journal.item(run, 0))?.error?.message).toBe('The check "signature" failed: It is not one.');
});

test("failures that all keys share stop the run with one error", async () => {
  await makeKeys(source, many(60, { keyType: "P-256", usages: sign }));
  const { run } = await makeRun(journal, source, target);
  await target.close();
  await expect(applyRun({ journal, run, source, target })).rejects.toMatchObject({ code: "Closed" });
  expect(await journal.run(run)).toMatchObject({ state: "paused" });
  expect(await journal.counts(run)).toMatchObject({ planned: 60, failed: 0 });
  expect((await collect(journal.events(run))).at(-1)).toMatchObject({
    kind: "apply-stopped",
    text: expect.stringContaining("Closed"),
  });
  target = await store("target");
  const failing = steps({ prove: () => Promise.reject(new TypeError("a defect of all")) });
  const attempt = applyRun({ journal, run, source, target, steps: failing, inFlight: 2 });
  await expect(attempt).rejects.toMatchObject({ code: "Internal" });
  expect((await journal.counts(run)).failed).toBeLessThan(12);
  expect(await applyRun({ journal, run, source, target })).toMatchObject({ counts: { verified: 60 } });
  expect(await keysOf(target)).toHaveLength(60);
});

test("two processes share one run", async () => {
  await makeKeys(source, many(60, { keyType: "P-256", usages: sign }));
  const { run } = await makeRun(journal, source, target);
  await using other = await openJournal({ database });
  const both = [journal, other].map((own) => applyRun({ journal: own, run, source, target, inFlight: 2 }));
  for (const result of await Promise.all(both)) expect(result).toMatchObject({ counts: { verified: 60 } });
  expect(await keysOf(target)).toHaveLength(60);
});

test("providers that are not the plan's are refused before anything happens", async () => {
  await makeKeys(source, many(1, { keyType: "P-256", usages: sign }));
  const { run } = await makeRun(journal, source, target);
  const swapped = applyRun({ journal, run, source: target, target: source });
  await expect(swapped).rejects.toMatchObject({ code: "InvalidConfiguration" });
  expect((await journal.run(run)).state).toBe("created");
});

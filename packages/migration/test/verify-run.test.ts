/** `verifyRun`: what was moved is looked at and used again, and what comes of it. */

import { join } from "node:path";
import type { CreateRequest, KeyRecord } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  applyRun,
  cutOver,
  type JournalItem,
  openJournal,
  pauseRun,
  rollBack,
  verifyRun,
  type VerifyRunResult,
  verifyEvidence,
  writeEvidence,
} from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { type DfnsEnd, dfnsEnd, type End, softwareFileEnd } from "./support/ends.ts";
import { startRun, type TestRun } from "./support/run.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let source: End;
let target: End;
let run: TestRun;

beforeEach(async () => {
  folder = await temporaryFolder();
  source = await softwareFileEnd(join(folder.path, "source.sqlite"));
});
afterEach(async () => {
  for (const one of [run, source, target, folder]) await one[Symbol.asyncDispose]();
});

/** Keys at the source, moved to the target. */
async function moved(to: End, ...keys: readonly CreateRequest[]): Promise<KeyRecord[]> {
  target = to;
  const records: KeyRecord[] = [];
  for (const key of keys) records.push(await source.provider.keys.create(key));
  run = await startRun(folder.path, source, target);
  await run.apply();
  expect((await run.journal.counts(run.id)).verified).toBe(keys.length);
  return records;
}

const ends = (): Pick<TestRun, "journal"> & { run: string; source: End["provider"]; target: End["provider"] } => ({
  journal: run.journal,
  run: run.id,
  source: source.provider,
  target: target.provider,
});
const verify = (): Promise<VerifyRunResult> => verifyRun(ends());

async function item(ordinal = 0): Promise<JournalItem> {
  const found = await run.journal.item(run.id, ordinal);
  if (found === undefined) throw new Error(`The run has no key ${ordinal}.`);
  return found;
}

async function itemOf(record: KeyRecord | undefined): Promise<JournalItem> {
  const all = await collect(run.journal.items(run.id));
  return item(all.find(({ planned }) => planned.source.uri === record?.uri)?.ordinal);
}

const signing = (label: string, extractable = false): CreateRequest => ({
  keyType: "Ed25519",
  usages: ["sign", "verify"],
  label,
  extractable,
});
const store = (): Promise<End> => softwareFileEnd(join(folder.path, "target.sqlite"));

describe("a run between two stores", () => {
  it("is verified when every key passes, again and again, and tells how far it is", async () => {
    const keys = ["one", "two", "three"].map((label, index) => signing(label, index === 0));
    const agreeing: CreateRequest = { keyType: "X25519", usages: ["agree"], label: "agrees" };
    const secret: CreateRequest = { keyType: "AES-256", usages: ["encrypt"], label: "secret", extractable: true };
    await moved(await store(), ...keys, agreeing, secret);
    const before = await run.keysAt(target);
    const seen: (readonly [number, number])[] = [];
    const result = await verifyRun({ ...ends(), onProgress: (done, total) => seen.push([done, total]) });
    expect(result).toMatchObject({ passed: 5, failed: 0, waiting: 0, denied: 0, run: { state: "verified" } });
    expect(seen).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
    const digest = await run.journal.digest(run.id);
    expect(await verify()).toMatchObject({ passed: 5, run: { state: "verified" } });
    // Nothing was changed at the target, nor in what the journal says of a key that passes.
    expect(await run.keysAt(target)).toEqual(before);
    expect(await run.journal.digest(run.id)).toBe(digest);
    const events = await collect(run.journal.events(run.id));
    expect(events.filter(({ kind }) => kind === "verified")).toHaveLength(2);
  });

  it("is refused before it was applied, while it is paused, and with providers that are not its own", async () => {
    target = await store();
    await source.provider.keys.create(signing("one"));
    run = await startRun(folder.path, source, target);
    await expect(verify()).rejects.toMatchObject({ code: "OperationRefused", message: /created; 1 keys of it/ });
    await pauseRun(run.journal, run.id, "test");
    await expect(verify()).rejects.toMatchObject({ code: "OperationRefused", message: /paused/ });
    await run.apply();
    await using other = await openSoftwareProvider({ store: { kind: "memory" } });
    const wrong = verifyRun({ ...ends(), target: other });
    await expect(wrong).rejects.toMatchObject({ code: "InvalidConfiguration", context: { path: "target" } });
    expect(await verify()).toMatchObject({ passed: 1, run: { state: "verified" } });
    await rollBack({ journal: run.journal, run: run.id, registry: run.registry });
    await expect(verify()).rejects.toMatchObject({ code: "OperationRefused", message: /rolled-back/ });
  });

  it("stops when it is told to, and another call goes on", async () => {
    await moved(await store(), signing("one"));
    const aborted = verifyRun({ ...ends(), signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "Aborted" });
    expect((await run.journal.run(run.id)).state).toBe("applied");
    expect(await verify()).toMatchObject({ passed: 1, run: { state: "verified" } });
  });

  it("takes a verified run back when a key fails, leaves the others, and is verified once that is mended", async () => {
    const [, two] = await moved(await store(), signing("one"), signing("two"));
    await verify();
    const double = await target.provider.keys.create(signing("two"));
    expect(await verify()).toMatchObject({ passed: 1, failed: 1, run: { state: "applied" } });
    expect(await itemOf(two)).toMatchObject({
      state: "failed",
      verification: { passed: false },
      error: { code: "UnexpectedResponse", message: expect.stringContaining(double.uri) },
    });
    await target.catalog.remove(double.uri);
    await run.apply();
    expect(await verify()).toMatchObject({ passed: 2, failed: 0, run: { state: "verified" } });
  });
});

describe.each([
  ["a software store", store],
  ["Dfns", dfnsEnd],
] as const)("a key that is gone from %s", (_name, makeTarget) => {
  async function expectMadeAgain(old: JournalItem): Promise<void> {
    const renewed = await item(old.ordinal);
    expect(renewed).toMatchObject({ state: "verified", verification: { passed: true } });
    expect(renewed).not.toHaveProperty("error");
    expect(renewed.target).not.toBe(old.target);
    expect(await run.keysAt(target)).toContain(renewed.target);
  }

  it("fails, and applying the run makes another, once each time it goes", async () => {
    const [, gone] = await moved(await makeTarget(), signing("stays"), signing("goes"));
    for (let time = 0; time < 3; time += 1) {
      const old = await itemOf(gone);
      await target.catalog.remove(old.target ?? "");
      expect(await verify()).toMatchObject({ passed: 1, failed: 1, run: { state: "applied" } });
      const failed = await itemOf(gone);
      expect(failed).toMatchObject({ state: "failed", error: { code: "KeyNotFound" } });
      expect(failed.error?.message).toMatch(/has no key .* Apply the run again: it makes another one in its place\./);
      for (const name of ["target", "targetPublicKey", "proof"]) expect(failed).not.toHaveProperty(name);
      await run.apply();
      await expectMadeAgain(old);
      expect(await run.keysAt(target)).toHaveLength(2);
      expect(await verify()).toMatchObject({ passed: 2, failed: 0, run: { state: "verified" } });
    }
    const { digest } = await writeEvidence({
      journal: run.journal,
      run: run.id,
      folder: join(folder.path, "evidence"),
    });
    expect(await verifyEvidence(join(folder.path, "evidence"), { digest })).toMatchObject({ problems: [] });
  });

  it("is made again by a process that knows nothing of the first one", async () => {
    const [gone] = await moved(await makeTarget(), signing("goes"));
    const old = await itemOf(gone);
    await target.catalog.remove(old.target ?? "");
    await verify();
    await using journal = await openJournal({ database: join(folder.path, "journal.sqlite") });
    await applyRun({ ...ends(), journal });
    await expectMadeAgain(old);
  });

  it("is not made again to be rolled back", async () => {
    const [gone] = await moved(await makeTarget(), signing("stays"), signing("goes"));
    await target.catalog.remove((await itemOf(gone)).target ?? "");
    await verify();
    const { journal, registry, id } = run;
    const removeTargetKeys = { source: source.provider, target: target.provider };
    expect(await rollBack({ journal, registry, run: id, removeTargetKeys })).toMatchObject({ removed: 1, kept: [] });
    expect(await run.keysAt(target)).toEqual([]);
  });

  it("stays in the journal of a run that is cut over: it is rolled back", async () => {
    const [gone] = await moved(await makeTarget(), signing("goes"));
    await run.registry.setAlias("goes", gone?.uri ?? "");
    await cutOver({ journal: run.journal, registry: run.registry, run: run.id });
    const { target: old = "" } = await itemOf(gone);
    await target.catalog.remove(old);
    expect(await verify()).toMatchObject({ failed: 1, run: { state: "cut-over" } });
    expect(await itemOf(gone)).toMatchObject({
      target: old,
      error: { message: expect.stringContaining("roll it back, then make a new plan") },
    });
    await rollBack({ journal: run.journal, registry: run.registry, run: run.id });
    expect((await run.registry.alias("goes")).current.key).toBe(gone?.uri);
  });
});

it("a software store takes an imported key that is gone once more", async () => {
  const [gone] = await moved(await store(), signing("goes", true));
  const old = await itemOf(gone);
  expect(old.strategy).toBe("import");
  await target.catalog.remove(old.target ?? "");
  expect(await verify()).toMatchObject({ failed: 1 });
  await run.apply();
  const renewed = await itemOf(gone);
  expect(renewed).toMatchObject({ state: "verified", targetPublicKey: old.targetPublicKey });
  expect(renewed.target).not.toBe(old.target);
});

it("an imported key that Dfns archived is not taken again: the failure says so", async () => {
  const [gone] = await moved(await dfnsEnd(), signing("goes", true));
  const old = await itemOf(gone);
  expect(old.strategy).toBe("import");
  await target.catalog.remove(old.target ?? "");
  expect(await verify()).toMatchObject({ failed: 1 });
  await run.apply();
  const failed = await itemOf(gone);
  expect(failed).toMatchObject({ state: "failed", error: { code: "KeyExists" } });
  expect(failed.error?.message).toMatch(/archived.*Make a new key instead/);
});

it("a key that the plan found at the target and that is gone is a matter of a new plan", async () => {
  target = await store();
  const record = await source.provider.keys.create(signing("there", true));
  const exported = await source.provider.keyExport?.export(record.uri);
  if (exported?.kind !== "private") throw new Error("It was not exported.");
  const { privateKey } = exported;
  const there = await target.provider.keys.import({
    kind: "private",
    privateKey,
    usages: ["sign", "verify"],
    label: "there",
  });
  run = await startRun(folder.path, source, target);
  await run.apply();
  expect(await item()).toMatchObject({ strategy: "adopt", state: "verified", target: there.uri });
  await target.catalog.remove(there.uri);
  expect(await verify()).toMatchObject({ failed: 1 });
  for (let time = 0; time < 2; time += 1) {
    expect((await item()).error?.message).toContain("make a new plan");
    await run.apply();
  }
  expect(await run.keysAt(target)).toEqual([]);
});

describe("under a policy that asks for approvals", () => {
  let end: DfnsEnd;

  beforeEach(async () => {
    end = await dfnsEnd();
    await moved(end, signing("one"), signing("two"));
    end.emulator.policies.add({ action: "RequestApproval" });
  });

  it("asks once for each key, however often it is called, and takes what was decided", async () => {
    const { approvals, totals } = end.emulator;
    const signatures = totals().signatures;
    expect(await verify()).toMatchObject({ passed: 0, waiting: 2, run: { state: "applied" } });
    expect(await verify()).toMatchObject({ passed: 0, waiting: 2, run: { state: "applied" } });
    const [first, ...rest] = approvals.pending();
    expect(rest).toHaveLength(1);
    expect((await item()).ticket).toBeDefined();
    end.emulator.approve(first ?? "");
    expect(await verify()).toMatchObject({ passed: 1, waiting: 1, run: { state: "applied" } });
    expect(await verify()).toMatchObject({ passed: 1, waiting: 1, run: { state: "applied" } });
    for (const id of approvals.pending()) end.emulator.approve(id);
    expect(await verify()).toMatchObject({ passed: 2, waiting: 0, denied: 0, run: { state: "verified" } });
    expect(totals().signatures - signatures).toBe(2);
    for (const one of await collect(run.journal.items(run.id))) expect(one).not.toHaveProperty("ticket");
    // What was approved was one verification, not every later one.
    expect(await verify()).toMatchObject({ passed: 0, waiting: 2 });
    expect(totals().signatures - signatures).toBe(4);
  });

  it("takes up an approval in another process, and after the policy is gone", async () => {
    await verify();
    for (const id of end.emulator.approvals.pending()) end.emulator.approve(id);
    const signatures = end.emulator.totals().signatures;
    await using journal = await openJournal({ database: join(folder.path, "journal.sqlite") });
    expect(await verifyRun({ ...ends(), journal })).toMatchObject({ passed: 2, run: { state: "verified" } });
    expect(end.emulator.totals().signatures).toBe(signatures);
  });

  it("says that an approver refused, keeps the key as it was, and asks anew the next time", async () => {
    await verify();
    const [first, second] = end.emulator.approvals.pending();
    end.emulator.deny(first ?? "", "not today");
    end.emulator.approve(second ?? "");
    expect(await verify()).toMatchObject({ passed: 1, failed: 0, waiting: 0, denied: 1, run: { state: "applied" } });
    const refused = (await collect(run.journal.items(run.id))).filter(({ error }) => error !== undefined);
    expect(refused).toMatchObject([{ state: "verified", error: { code: "ApprovalDenied" } }]);
    expect(refused[0]?.error?.message).toContain("not today");
    expect(refused[0]).not.toHaveProperty("ticket");
    expect(await verify()).toMatchObject({ passed: 1, waiting: 1, denied: 0, run: { state: "applied" } });
    for (const id of end.emulator.approvals.pending()) end.emulator.approve(id);
    expect(await verify()).toMatchObject({ passed: 2, denied: 0, run: { state: "verified" } });
    for (const one of await collect(run.journal.items(run.id))) expect(one).not.toHaveProperty("error");
  });

  it("fails a key that went while it waited, and drops the ticket", async () => {
    await verify();
    const { target: gone = "" } = await item();
    await target.catalog.remove(gone);
    expect(await verify()).toMatchObject({ failed: 1, waiting: 1 });
    expect(await item()).not.toHaveProperty("ticket");
  });
});

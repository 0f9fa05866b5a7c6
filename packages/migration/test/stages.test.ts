import { symlink } from "node:fs/promises";
import { join } from "node:path";
import type { KeyRecord } from "@keyrail/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cutOver, finalise, rollBack, runStatus } from "../src/index.ts";
import { dfnsEnd, encedoEnd, type End, softwareFileEnd } from "./support/ends.ts";
import { startRun, type TestRun } from "./support/run.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

/** Keys of a source: one that moves as it is, one that is rotated, one whose old data needs it, one that stays. */
interface Fleet {
  readonly source: End;
  readonly target: End;
  readonly moving: KeyRecord;
  readonly rotating: KeyRecord;
  readonly secret: KeyRecord | undefined;
  readonly staying: KeyRecord | undefined;
}

async function softwareFleet(folder: string): Promise<Fleet> {
  const source = await softwareFileEnd(join(folder, "source.sqlite"));
  const target = await softwareFileEnd(join(folder, "target.sqlite"));
  const { keys } = source.provider;
  return {
    source,
    target,
    moving: await keys.create({ keyType: "Ed25519", usages: ["sign"], label: "moving", extractable: true }),
    rotating: await keys.create({ keyType: "P-256", usages: ["sign", "verify"], label: "rotating" }),
    secret: await keys.create({ keyType: "AES-256", usages: ["encrypt"], label: "secret" }),
    staying: undefined,
  };
}

async function vendorFleet(): Promise<Fleet> {
  const [source, target] = [await encedoEnd(), await dfnsEnd()];
  const { keys } = source.provider;
  const usages = ["sign", "verify"] as const;
  return {
    source,
    target,
    moving: await keys.create({ keyType: "Ed25519", usages, label: "moving" }),
    rotating: await keys.create({ keyType: "secp256k1", usages, label: "rotating" }),
    secret: undefined,
    staying: await keys.create({ keyType: "P-256", usages, label: "staying" }),
  };
}

describe.each([
  ["software to software", softwareFleet],
  ["Encedo to Dfns", vendorFleet],
] as const)("the stages of a run, %s", (_name, makeFleet) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let fleet: Fleet;
  let run: TestRun;

  beforeEach(async () => {
    folder = await temporaryFolder();
    fleet = await makeFleet(folder.path);
    run = await startRun(folder.path, fleet.source, fleet.target);
    const { registry } = run;
    await registry.setAlias("payments", fleet.moving.uri);
    await registry.setAlias("payments/second-name", fleet.moving.uri);
    await registry.setAlias("tokens", fleet.rotating.uri);
    await registry.setAlias("elsewhere", "software:other/key");
    if (fleet.staying !== undefined) await registry.setAlias("stays", fleet.staying.uri);
  });
  afterEach(async () => {
    for (const one of [run, fleet.source, fleet.target, folder]) await one[Symbol.asyncDispose]();
  });

  const stage = (): { journal: TestRun["journal"]; registry: TestRun["registry"]; run: string } => ({
    journal: run.journal,
    registry: run.registry,
    run: run.id,
  });
  const ends = (): { source: End["provider"]; target: End["provider"] } => ({
    source: fleet.source.provider,
    target: fleet.target.provider,
  });
  const named = async (alias: string): Promise<string> => (await run.registry.alias(alias)).current.key;

  it("cuts over all aliases at once, finalises on request, and does neither twice", async () => {
    await expect(cutOver(stage())).rejects.toMatchObject({ code: "OperationRefused" });
    await run.apply();
    const targets = await run.targets();
    const done = await cutOver(stage());
    expect(done.switched.map(({ alias }) => alias).toSorted()).toEqual(["payments", "payments/second-name", "tokens"]);
    expect(done.run).toMatchObject({ state: "cut-over", cutOvers: [done.auditRecord] });
    expect(await named("payments")).toBe(targets.get(fleet.moving.uri));
    expect(await named("tokens")).toBe(targets.get(fleet.rotating.uri));
    expect(await named("elsewhere")).toBe("software:other/key");
    if (fleet.staying !== undefined) expect(await named("stays")).toBe(fleet.staying.uri);
    expect(await cutOver(stage())).toMatchObject({ switched: [], left: [], run: { cutOvers: [done.auditRecord] } });

    const without = finalise({ ...stage(), ...ends(), confirm: "yes" });
    await expect(without).rejects.toMatchObject({ code: "InvalidRequest", context: { path: "confirm" } });
    const finalised = await finalise({ ...stage(), ...ends(), confirm: run.id });
    expect(finalised).toMatchObject({ retired: 2, keptTotal: fleet.secret === undefined ? 0 : 1 });
    expect(finalised.run.state).toBe("finalised");
    const rest = [fleet.secret, fleet.staying].flatMap((record) => (record === undefined ? [] : [record.uri]));
    expect(await run.keysAt(fleet.source)).toEqual(rest);
    expect(await finalise({ ...stage(), ...ends(), confirm: run.id })).toMatchObject({ retired: 0 });
    await expect(rollBack(stage())).rejects.toMatchObject({ code: "OperationRefused" });
    await expect(cutOver(stage())).rejects.toMatchObject({ code: "OperationRefused" });
  });

  it("keeps a key of the source that an alias names, or whose successor is gone", async () => {
    await run.apply();
    const targets = await run.targets();
    await cutOver(stage());
    await run.registry.setAlias("late", fleet.moving.uri);
    await fleet.target.catalog.remove(targets.get(fleet.rotating.uri) ?? "");
    const { retired, kept } = await finalise({ ...stage(), ...ends(), confirm: run.id });
    expect(retired).toBe(0);
    const refused = kept.filter(({ kind }) => kind === "refused").map(({ key, reason }) => [key, reason]);
    expect(refused).toEqual([
      [fleet.moving.uri, "The alias late names it."],
      [fleet.rotating.uri, `${targets.get(fleet.rotating.uri)} is not at the target any more.`],
    ]);
    expect(await run.keysAt(fleet.source)).toEqual(expect.arrayContaining([fleet.moving.uri, fleet.rotating.uri]));
  });

  it("rolls back the aliases and leaves the target's keys, then removes them on request", async () => {
    const before = await run.keysAt(fleet.target);
    await run.apply();
    await cutOver(stage());
    const back = await rollBack(stage());
    expect(back.switched.toSorted()).toEqual(["payments", "payments/second-name", "tokens"]);
    expect(back).toMatchObject({ left: [], removed: 0, kept: [], run: { state: "rolled-back" } });
    expect(await named("payments")).toBe(fleet.moving.uri);
    const made = (await run.keysAt(fleet.target)).length - before.length;
    expect(made).toBe((await run.targets()).size);
    const removed = await rollBack({ ...stage(), removeTargetKeys: ends() });
    expect(removed).toMatchObject({ switched: [], removed: made, kept: [] });
    expect(await run.keysAt(fleet.target)).toEqual(before);
    expect(await rollBack({ ...stage(), removeTargetKeys: ends() })).toMatchObject({ removed: 0 });
    const sourceKeys = await run.keysAt(fleet.source);
    expect(sourceKeys).toEqual(expect.arrayContaining([fleet.moving.uri, fleet.rotating.uri]));
    await expect(run.apply()).rejects.toMatchObject({ code: "OperationRefused" });
  });

  it("rolls back a run that was never applied, and one that was applied but not cut over", async () => {
    const before = await run.keysAt(fleet.target);
    await run.apply();
    const { switched, removed } = await rollBack({ ...stage(), removeTargetKeys: ends() });
    expect(switched).toEqual([]);
    expect(removed).toBeGreaterThan(0);
    expect(await run.keysAt(fleet.target)).toEqual(before);
    await using again = await temporaryFolder();
    await using fresh = await startRun(again.path, fleet.source, fleet.target);
    const options = { journal: fresh.journal, registry: fresh.registry, run: fresh.id, removeTargetKeys: ends() };
    expect(await rollBack(options)).toMatchObject({ removed: 0, kept: [], run: { state: "rolled-back" } });
  });

  it("cuts over alias by alias, and says what stands in the way of others", async () => {
    await run.apply();
    const first = await cutOver({ ...stage(), aliases: ["tokens"] });
    expect(first.switched.map(({ alias }) => alias)).toEqual(["tokens"]);
    expect(first.left.map(({ alias }) => alias)).toEqual(["payments", "payments/second-name"]);
    expect(first.run.state).toBe("applied");
    await expect(finalise({ ...stage(), ...ends(), confirm: run.id })).rejects.toMatchObject({
      code: "OperationRefused",
    });
    expect(await cutOver({ ...stage(), aliases: ["tokens"] })).toMatchObject({ switched: [] });
    await expect(cutOver({ ...stage(), aliases: ["elsewhere"] })).rejects.toMatchObject({
      code: "InvalidRequest",
      message: expect.stringContaining("no key of this run"),
    });
    await expect(cutOver({ ...stage(), aliases: ["nobody"] })).rejects.toMatchObject({ code: "KeyNotFound" });
    if (fleet.staying !== undefined) {
      await expect(cutOver({ ...stage(), aliases: ["stays"] })).rejects.toMatchObject({
        message: expect.stringContaining("stays at the source"),
      });
    }
    const second = await cutOver(stage());
    expect(second.run).toMatchObject({ state: "cut-over", cutOvers: [first.auditRecord, second.auditRecord] });
    const back = await rollBack(stage());
    expect(back.switched.toSorted()).toEqual(["payments", "payments/second-name", "tokens"]);
  });

  it("leaves an alias alone that somebody switched elsewhere since, and brings one back that went and returned", async () => {
    await run.apply();
    await cutOver(stage());
    const tokens = await named("tokens");
    await run.registry.setAlias("payments", "software:other/key");
    await run.registry.setAlias("tokens", "software:other/key");
    await run.registry.setAlias("tokens", tokens);
    const back = await rollBack({ ...stage(), removeTargetKeys: ends() });
    expect(back.left).toEqual(["payments"]);
    expect(back.switched.toSorted()).toEqual(["payments/second-name", "tokens"]);
    expect(await named("payments")).toBe("software:other/key");
    expect(await named("tokens")).toBe(fleet.rotating.uri);
  });

  it("keeps a key at the target that an alias names, and removes it once it does not", async () => {
    await run.apply();
    const uri = (await run.targets()).get(fleet.moving.uri) ?? "";
    await run.registry.setAlias("new-service", uri);
    const kept = await rollBack({ ...stage(), removeTargetKeys: ends() });
    expect(kept.kept).toMatchObject([{ key: uri, reason: "The alias new-service names it." }]);
    expect(kept.run.state).toBe("cancelled");
    await run.registry.removeAlias("new-service");
    const done = await rollBack({ ...stage(), removeTargetKeys: ends() });
    expect(done).toMatchObject({ removed: 1, kept: [], run: { state: "rolled-back" } });
  });

  it("knows what the registry knows when a process was killed between the switch and the journal", async () => {
    await run.apply();
    const targets = await run.targets();
    const switches = [
      { alias: "payments", from: fleet.moving.uri, to: targets.get(fleet.moving.uri) ?? "" },
      { alias: "payments/second-name", from: fleet.moving.uri, to: targets.get(fleet.moving.uri) ?? "" },
      { alias: "tokens", from: fleet.rotating.uri, to: targets.get(fleet.rotating.uri) ?? "" },
    ];
    const record = await run.registry.cutOver(switches, { run: run.id });
    expect((await run.journal.run(run.id)).cutOvers).toEqual([]);
    const again = await cutOver(stage());
    expect(again.switched).toEqual([]);
    expect(again.run).toMatchObject({ state: "cut-over", cutOvers: [record.id] });
  });

  it("removes what a process made that was killed before it could tell the journal", async () => {
    const before = await run.keysAt(fleet.target);
    // The worker takes the key, makes it, and is never heard of again.
    const lease = await run.journal.join(run.id, "killed", { duration: 1 });
    const [item] = await lease.claim({ states: ["planned"], limit: 1 });
    if (item === undefined) throw new Error("There is a key to make.");
    const { makeTargetKey } = await import("../src/index.ts");
    await makeTargetKey({ planned: item.planned, ...ends(), earlierAttempt: "none" });
    expect(await run.keysAt(fleet.target)).toHaveLength(before.length + 1);
    const { removed, kept } = await rollBack({ ...stage(), removeTargetKeys: ends() });
    expect([removed, kept]).toEqual([1, []]);
    expect(await run.keysAt(fleet.target)).toEqual(before);
  });

  it("tells where a run stands and what can be done", async () => {
    expect((await runStatus(stage())).possible).toEqual(["apply", "roll-back"]);
    await run.apply();
    const applied = await runStatus(stage());
    expect(applied.possible).toEqual(["cut-over", "roll-back"]);
    expect(applied.aliases?.ready).toHaveLength(3);
    await cutOver(stage());
    expect((await runStatus(stage())).possible).toEqual(["cut-over", "finalise", "roll-back"]);
    await finalise({ ...stage(), ...ends(), confirm: run.id });
    expect((await runStatus(stage())).possible).toEqual(fleet.secret === undefined ? [] : ["finalise"]);
  });

  it("refuses providers that are not the run's, and a run that is not there", async () => {
    await run.apply();
    await cutOver(stage());
    const swapped = { source: fleet.target.provider, target: fleet.source.provider };
    const wrong = finalise({ ...stage(), ...swapped, confirm: run.id });
    await expect(wrong).rejects.toMatchObject({ code: "InvalidConfiguration", context: { path: "source" } });
    await expect(rollBack({ ...stage(), removeTargetKeys: swapped })).rejects.toMatchObject({
      code: "InvalidConfiguration",
    });
    await expect(cutOver({ ...stage(), run: "no-such-run" })).rejects.toMatchObject({ code: "InvalidRequest" });
    expect((await run.journal.run(run.id)).state).toBe("cut-over");
  });
});

describe("a run from a store to the same store under another name", () => {
  it("retires nothing: what is removed at the source would be gone at the target", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "source.sqlite");
    await using source = await softwareFileEnd(path);
    const key = await source.provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "only" });
    const link = join(folder.path, "link.sqlite");
    await symlink(path, link);
    await using target = await softwareFileEnd(link);
    await using run = await startRun(folder.path, source, target);
    await run.apply();
    const stage = { journal: run.journal, registry: run.registry, run: run.id };
    await cutOver(stage);
    const finalising = { ...stage, source: source.provider, target: target.provider, confirm: run.id };
    expect(await finalise(finalising)).toMatchObject({
      retired: 0,
      kept: [{ key: key.uri, kind: "refused", reason: expect.stringContaining("the same key under two addresses") }],
    });
    expect(await run.keysAt(source)).toEqual([key.uri]);
  });
});

describe("a run with a secret key", () => {
  it("retires it only when that is asked for by name, since old data needs it", async () => {
    await using folder = await temporaryFolder();
    const { source, target, secret } = await softwareFleet(folder.path);
    await using run = await startRun(folder.path, source, target);
    await run.apply();
    const stage = { journal: run.journal, registry: run.registry, run: run.id };
    await cutOver(stage);
    const finalising = { ...stage, source: source.provider, target: target.provider, confirm: run.id };
    expect((await finalise(finalising)).kept).toMatchObject([
      { key: secret?.uri, kind: "choice", reason: "Old data needs it (encrypt)." },
    ]);
    const all = await finalise({ ...finalising, retireKeysOfOldData: true });
    expect(all).toMatchObject({ retired: 1, kept: [] });
    expect(await run.keysAt(source)).toEqual([]);
    await source[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });
});

describe("a run with a key that failed", () => {
  it("blocks the cut-over of all aliases, not of those that are named", async () => {
    await using folder = await temporaryFolder();
    const { source, target, moving, rotating } = await softwareFleet(folder.path);
    await using run = await startRun(folder.path, source, target);
    await run.registry.setAlias("payments", moving.uri);
    await run.registry.setAlias("tokens", rotating.uri);
    await source.catalog.remove(rotating.uri);
    await run.apply();
    const stage = { journal: run.journal, registry: run.registry, run: run.id };
    await expect(cutOver(stage)).rejects.toMatchObject({
      code: "OperationRefused",
      message: expect.stringContaining("tokens (failed)"),
    });
    await expect(cutOver({ ...stage, aliases: ["payments", "tokens"] })).rejects.toMatchObject({
      message: expect.stringContaining("it is failed"),
    });
    expect((await run.registry.alias("payments")).current.key).toBe(moving.uri);
    const { switched } = await cutOver({ ...stage, aliases: ["payments"] });
    expect(switched).toHaveLength(1);
    await source[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });
});

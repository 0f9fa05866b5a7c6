/** Runs from an emulated HEM and a store to an emulated Dfns organisation: limits, approvals, faults. */

import { openSoftwareProvider } from "@keyrail/software";
import type { CreateRequest, Provider } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import type { EncedoEmulator } from "@keyrail/emulator-encedo";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databaseUri } from "../../../test/postgresql.ts";
import { applyRun, type ApplyOptions, type Journal, openJournal } from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { keysOf, makeKeys, makeRun, many } from "./support/runs.ts";
import { openDevice, openService, startDevice, startService } from "./support/vendors.ts";

let device: EncedoEmulator;
let service: DfnsEmulator;
let journal: Journal;
let source: Provider;
let target: Provider;

beforeEach(async (context) => {
  journal = await openJournal({ database: await databaseUri("sqlite", context) });
  [device, service] = await Promise.all([startDevice(), startService()]);
  source = await openDevice(device);
  target = await openService(service);
});
afterEach(async () => {
  await Promise.all([source.close(), target.close(), journal.close()]);
  await Promise.all([device.close(), service.close()]);
});

/** Patience in milliseconds, not in minutes. */
const QUICK: Pick<ApplyOptions, "retry" | "approvals"> = {
  retry: { firstPause: 1, longestPause: 5 },
  approvals: { between: 1, rounds: 5 },
};
const sign = { keyType: "Ed25519", usages: ["sign", "verify"] } as const satisfies Omit<CreateRequest, "label">;

async function run(count: number): Promise<string> {
  await makeKeys(source, [
    ...many(Math.ceil(count / 2), sign),
    ...many(Math.floor(count / 2), { ...sign, keyType: "secp256k1" }),
  ]);
  return (await makeRun(journal, source, target)).run;
}

async function expectEachOnce(id: string): Promise<void> {
  const items = await collect(journal.items(id));
  expect(items.filter(({ state }) => state !== "verified").map(({ ordinal, error }) => [ordinal, error])).toEqual([]);
  expect(new Set((await keysOf(target)).map(({ uri }) => uri))).toEqual(new Set(items.map((item) => item.target)));
  expect(await keysOf(target)).toHaveLength(items.length);
}

test("the first attempts look for no earlier ones: three requests make a key, and the keys are never listed", async () => {
  const id = await run(6);
  service.counters.reset();
  expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { verified: 6 } });
  const { byOperation } = service.counters.values();
  expect(byOperation["CreateKey"]).toBe(6);
  expect(byOperation["ListKeys"]).toBeUndefined();
  await expectEachOnce(id);
});

test("a device that answers one request at a time, in 50 ms, is busy nine tenths of the time", async () => {
  await Promise.all([source.close(), device.close()]);
  // A tenth of real time: logins, which every key's first use costs, take 50 ms as well.
  const [timeScale, latency] = [0.1, 50];
  device = await startDevice({ timeScale });
  source = await openDevice(device);
  const id = await run(32);
  device.faults.add({ fault: { kind: "delay", milliseconds: latency / timeScale }, times: "always" });
  device.requests.reset();
  const began = performance.now();
  const result = await applyRun({ journal, run: id, source, target });
  const took = performance.now() - began;
  expect(result).toMatchObject({ counts: { verified: 32 } });
  const { inFlightHighWater, busyMilliseconds, requests } = device.requests.counters;
  expect(inFlightHighWater).toBe(1);
  expect(requests * latency).toBeLessThan(busyMilliseconds);
  expect(busyMilliseconds / took).toBeGreaterThan(0.9);
}, 60_000);

describe("approvals", () => {
  /** Decides on everything that is pending; how much that was. */
  function decide(how: "approve" | "deny"): number {
    const pending = service.approvals.pending();
    for (const id of pending) service[how](id);
    return pending.length;
  }

  test("hold up the keys that need one, and nobody else", async () => {
    const id = await run(10);
    service.policies.add({ action: "RequestApproval" });
    const first = await applyRun({ journal, run: id, source, target, ...QUICK });
    expect(first).toMatchObject({ outcome: "applied", counts: { waiting: 10, verified: 0 } });
    expect((await journal.run(id)).state).toBe("applied");
    // Asked again, nothing is decided and nothing is asked for twice.
    const asked = service.totals().signatures;
    expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { waiting: 10 } });
    expect(service.totals().signatures).toBe(asked);
    expect(decide("approve")).toBe(10);
    service.policies.clear();
    expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { verified: 10 } });
    await expectEachOnce(id);
  });

  test("are waited for where that is asked", async () => {
    const id = await run(6);
    service.policies.add({ action: "RequestApproval" });
    const applying = applyRun({ journal, run: id, source, target, ...QUICK, waitForApprovals: true });
    const approving = setInterval(() => decide("approve"), 5);
    try {
      expect(await applying).toMatchObject({ outcome: "applied", counts: { verified: 6, waiting: 0 } });
    } finally {
      clearInterval(approving);
    }
    await expectEachOnce(id);
  });

  test("that are refused fail their key; the next attempt asks anew", async () => {
    const id = await run(2);
    service.policies.add({ action: "RequestApproval" });
    await applyRun({ journal, run: id, source, target, ...QUICK });
    expect(decide("deny")).toBe(2);
    const refused = await applyRun({ journal, run: id, source, target, ...QUICK });
    expect(refused).toMatchObject({ outcome: "applied", counts: { failed: 2 } });
    expect(await journal.item(id, 0)).toMatchObject({ error: { code: "ApprovalDenied", refusals: 1 } });
    expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { waiting: 2 } });
    decide("approve");
    service.policies.clear();
    expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { verified: 2 } });
    await expectEachOnce(id);
  });
});

describe("faults", () => {
  test.each(["before", "after"] as const)("answers lost %s the effect make no second key", async (when) => {
    const id = await run(12);
    for (const operation of ["CreateKey", "GenerateSignature", "CreateUserActionChallenge"]) {
      for (const skip of [0, 2, 5]) service.faults.add({ match: { operation }, skip, action: { kind: "reset", when } });
    }
    for (const skip of [1, 4, 8]) device.faults.add({ fault: { kind: "drop", when }, skip });
    await applyRun({ journal, run: id, source, target, ...QUICK });
    await applyRun({ journal, run: id, source, target, ...QUICK });
    await expectEachOnce(id);
  });

  test("a device that reboots is logged in to again", async () => {
    const id = await run(8);
    for (const skip of [2, 5]) device.faults.add({ fault: { kind: "reboot", when: "after" }, skip });
    expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { verified: 8 } });
    await expectEachOnce(id);
  });

  test.each([
    [401, "AuthenticationFailed"],
    [403, "PermissionDenied"],
  ])("a target that answers %i stops the run with one error", async (status, code) => {
    const id = await run(40);
    service.faults.add({ match: { operation: "CreateKey" }, times: "always", action: { kind: "status", status } });
    await expect(applyRun({ journal, run: id, source, target, ...QUICK })).rejects.toMatchObject({ code });
    expect(await journal.counts(id)).toMatchObject({ planned: 40, failed: 0 });
    service.faults.clear();
    expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { verified: 40 } });
    await expectEachOnce(id);
  });

  test("a source that is gone stops the run; when it is back the run goes on", async () => {
    const id = await run(20);
    device.controls.powerOff();
    const stopped = applyRun({ journal, run: id, source, target, ...QUICK });
    await expect(stopped).rejects.toMatchObject({
      code: expect.stringMatching(/ConnectionFailed|ProviderUnavailable/),
    });
    expect((await journal.counts(id)).failed).toBe(0);
    device.controls.powerOn();
    expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { verified: 20 } });
    await expectEachOnce(id);
  });
});

test("a label that leaves no room for a marker arrives whole, and a crash before it does makes no second key", async () => {
  await using store = await openSoftwareProvider({ store: { kind: "memory" } });
  const label = "l".repeat(100);
  await makeKeys(store, [{ ...sign, label }]);
  const { run: id } = await makeRun(journal, store, target);
  const ends = { journal, run: id, source: store, target };
  service.faults.add({ match: { operation: "UpdateKey" }, times: "always", action: { kind: "status", status: 403 } });
  await expect(applyRun({ ...ends, ...QUICK })).rejects.toMatchObject({ code: "PermissionDenied" });
  expect(await journal.counts(id)).toMatchObject({ made: 1 });
  service.faults.clear();
  expect(await applyRun({ ...ends, ...QUICK })).toMatchObject({ counts: { verified: 1 } });
  expect((await keysOf(target)).map((record) => record.label)).toEqual([label]);
});

test("a key that another process made after this one read the list is found, not made again", async () => {
  const id = await run(2);
  // The target's provider has read the list of marked keys by then.
  await target.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "before" }, { idempotencyKey: "before" });
  await using other = await openService(service);
  const item = await journal.item(id, 0);
  if (item?.planned.target?.operation !== "create") throw new Error("The plan rotates.");
  const { operation: _, ...request } = item.planned.target;
  const { uri } = await other.keys.create(request, { idempotencyKey: item.planned.operationKey });
  // A worker that took the key over knows that it was tried before.
  await using lease = await journal.join(id, "tried before");
  await lease.claim({ states: ["planned"], limit: 1 });
  await lease.leave();
  expect(await applyRun({ journal, run: id, source, target, ...QUICK })).toMatchObject({ counts: { verified: 2 } });
  expect((await journal.item(id, 0))?.target).toBe(uri);
  expect(await keysOf(target)).toHaveLength(3);
});

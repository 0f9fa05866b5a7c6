/** Several worker processes on one PostgreSQL. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Provider } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { expect, test } from "vitest";
import { databaseUri, postgresqlUri } from "../../../test/postgresql.ts";
import { openJournal, runWorker } from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { keysOf, makeKeys, makeRun, many } from "./support/runs.ts";
import { openDevice, openService, startDevice, startService } from "./support/vendors.ts";
import type { WorkerOrder } from "./support/worker-process.ts";

const PROGRAM = fileURLToPath(new URL("support/worker-process.ts", import.meta.url));
const KEYS = 120;

function start(order: WorkerOrder): ChildProcess {
  const parameters = ["--conditions=keyrail-source", "--no-warnings", PROGRAM, JSON.stringify(order)];
  return spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "inherit"] });
}

test("three workers share a run; one is killed; every key is done, none twice", async (context) => {
  const database = await postgresqlUri(context);
  const journal = await openJournal({ database });
  // Time enough for all three to have keys under way.
  const device = await startDevice({ timeScale: 0.02 });
  const service = await startService();
  const source = await openDevice(device);
  const target = await openService(service);
  try {
    device.addKeys(Array.from({ length: KEYS }, (_, index) => ({ type: "ED25519", label: `key ${index}` })));
    const { run } = await makeRun(journal, source, target);
    const { url, caPem, checkinUrl, userPassphrase } = device;
    const { authToken, orgId, credId, credentialKeyFile } = service;
    const order = {
      databaseUri: database,
      run,
      device: { url, caPem, checkinUrl, userPassphrase },
      service: { url: service.url, caPem: service.caPem, authToken, orgId, credId, credentialKeyFile },
    };
    const workers = ["one", "two", "three"].map((name) => start({ ...order, name }));
    const outputs = workers.map((worker) => (worker.stdout === null ? "" : text(worker.stdout)));
    const ends = workers.map((worker) => once(worker, "exit"));
    // The first is killed when some keys are done and it holds others.
    const [first] = workers;
    await expect
      .poll(async () => (await journal.counts(run)).verified, { timeout: 30_000, interval: 20 })
      .toBeGreaterThan(KEYS / 10);
    first?.kill("SIGKILL");
    await Promise.all(ends);
    expect(workers.map(({ exitCode, signalCode }) => signalCode ?? exitCode)).toEqual(["SIGKILL", 0, 0]);
    for (const output of outputs.slice(1)) expect(JSON.parse(await output)).toMatchObject({ outcome: "applied" });

    const items = await collect(journal.items(run));
    expect(items.filter(({ state }) => state !== "verified").map(({ error }) => error)).toEqual([]);
    const targets = (await keysOf(target)).map(({ uri }) => uri);
    expect(targets).toHaveLength(KEYS);
    expect(new Set(targets)).toEqual(new Set(items.map((item) => item.target)));
    expect(await keysOf(source)).toHaveLength(KEYS);
    const events = await collect(journal.events(run));
    expect(events.filter(({ kind }) => kind === "worker-lost").map(({ worker }) => worker)).toEqual([
      expect.stringMatching(/^one#/),
    ]);
    // Every one of the three had its part.
    const started = events.filter(({ kind }) => kind === "apply-started" || kind === "resumed");
    expect(new Set(started.map(({ worker }) => worker.split("#")[0]))).toEqual(new Set(["one", "two", "three"]));
    expect((await journal.run(run)).state).toBe("applied");
  } finally {
    await Promise.all([source.close(), target.close(), journal.close()]);
    await Promise.all([device.close(), service.close()]);
  }
}, 90_000);

test("a worker that can't work, or is asked to go, leaves the run to the others", async (context) => {
  const database = await postgresqlUri(context);
  await using journal = await openJournal({ database });
  const service = await startService();
  const store = await openSoftwareProvider({ store: { kind: "memory" } });
  try {
    await makeKeys(store, many(12, { keyType: "Ed25519", usages: ["sign", "verify"] }));
    const planning = await openService(service);
    const { run } = await makeRun(journal, store, planning);
    await planning.close();
    // The store lives in this process: every worker's end of it is the same, and outlives them.
    const source: Provider = { ...store, close: () => Promise.resolve() };
    const common = { databaseUri: database, run, sliceSize: 3 };
    const openProviders = async () => ({ source, target: await openService(service) });
    service.faults.add({ match: { operation: "CreateKey" }, times: "always", action: { kind: "status", status: 401 } });
    const wrong = runWorker({ ...common, worker: "wrong", openProviders });
    await expect(wrong).rejects.toMatchObject({ code: "AuthenticationFailed" });
    service.faults.clear();
    expect((await journal.run(run)).state).toBe("applying");
    const gone = await runWorker({ ...common, worker: "gone", openProviders, signal: AbortSignal.abort() });
    expect(gone.outcome).toBe("left");
    const right = await runWorker({ ...common, worker: "right", openProviders });
    expect(right).toMatchObject({ outcome: "applied", counts: { verified: 12, failed: 0 } });
    expect(service.totals().keys).toBe(12);
    const left = (await collect(journal.events(run))).filter(({ kind }) => kind === "apply-stopped");
    expect(left.map(({ text }) => text)).toEqual([expect.stringContaining("AuthenticationFailed"), expect.any(String)]);
  } finally {
    await store.close();
    await service.close();
  }
}, 60_000);

test("a journal that is no PostgreSQL is refused at once", async (context) => {
  const options = { databaseUri: await databaseUri("sqlite", context), run: "none" };
  const openProviders = (): Promise<never> => Promise.reject(new Error("not opened"));
  await expect(runWorker({ ...options, openProviders })).rejects.toMatchObject({ code: "InvalidConfiguration" });
});

/** Several worker processes on one PostgreSQL. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { databaseUri, postgresqlUri } from "../../../test/postgresql.ts";
import { openJournal, runWorker } from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { keysOf, makeRun } from "./support/runs.ts";
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

test("a journal that is no PostgreSQL is refused at once", async (context) => {
  const options = { databaseUri: await databaseUri("sqlite", context), run: "none" };
  const openProviders = (): Promise<never> => Promise.reject(new Error("not opened"));
  await expect(runWorker({ ...options, openProviders })).rejects.toMatchObject({ code: "InvalidConfiguration" });
});

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openDatabase } from "@keyrail/database";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DATABASE_KINDS, databaseUri } from "../../../test/postgresql.ts";
import { ITEM_STATES, type Journal, type JournalItem, openJournal } from "../src/index.ts";
import { JOURNAL_SCHEMA } from "../src/journal/tables.ts";
import { collect } from "./support/collect.ts";
import { plannedKey, planOf } from "./support/planned-keys.ts";

const RUN = "01980000-0000-7000-8000-000000000001";
const options = { worker: "test" };
const event = { worker: "test", kind: "apply-started", text: "Started." } as const;
const ordinals = (items: readonly JournalItem[]): number[] => items.map((item) => item.ordinal);

let database = "";
let journal: Journal;

describe.each(DATABASE_KINDS)("on %s", (kind) => {
  beforeEach(async (context) => {
    database = await databaseUri(kind, context);
    journal = await openJournal({ database });
  });
  afterEach(() => journal.close());

  describe("a run", () => {
    test("has the keys of its plan, those that stay retained", async () => {
      const keys = [plannedKey(0), plannedKey(1, { strategy: "retain" }), plannedKey(2)];
      const plan = planOf(RUN, keys);
      const run = await journal.createRun(plan, options);
      expect(run).toMatchObject({ id: RUN, state: "created", header: plan.header, summary: plan.summary });
      expect((await collect(journal.items(RUN))).map(({ planned }) => planned)).toEqual(keys);
      expect(await journal.counts(RUN)).toMatchObject({ planned: 2, retained: 1, failed: 0 });
      expect((await collect(journal.events(RUN))).map(({ sequence, kind }) => [sequence, kind])).toEqual([
        [1, "run-created"],
      ]);
      expect(await journal.runs()).toEqual([run]);
    });

    test("is made of a plan once", async () => {
      await journal.createRun(planOf(RUN, 3), options);
      await expect(journal.createRun(planOf(RUN, 3), options)).rejects.toMatchObject({ code: "OperationRefused" });
      expect(await journal.counts(RUN)).toMatchObject({ planned: 3 });
    });

    test("is not made of another plan with its id", async () => {
      await journal.createRun(planOf(RUN, 3), options);
      const other = planOf(RUN, 3);
      const changed = { ...other, summary: { ...other.summary, digest: "sha-256:other" } };
      await expect(journal.createRun(changed, options)).rejects.toThrow("another plan");
    });

    test("whose plan broke off while it was taken in is completed by the same call", async () => {
      const plan = planOf(RUN, 2500);
      const broken = {
        ...plan,
        *keys() {
          for (let ordinal = 0; ordinal < 1700; ordinal += 1) yield plannedKey(ordinal);
          throw new Error("the disk is gone");
        },
      };
      await expect(journal.createRun({ ...broken, keys: broken.keys() }, options)).rejects.toThrow("the disk is gone");
      expect((await journal.counts(RUN)).planned).toBe(1000);
      const started = journal.changeRun(RUN, { from: ["created"], to: "applying", event });
      await expect(started).rejects.toThrow("whole plan");
      await journal.createRun(plan, options);
      expect(ordinals(await collect(journal.items(RUN)))).toEqual(Array.from({ length: 2500 }, (_, at) => at));
      expect((await journal.counts(RUN)).planned).toBe(2500);
    });

    test("needs the keys in order, and all of them", async () => {
      const plan = planOf(RUN, 2);
      const swapped = { ...plan, keys: [plannedKey(1), plannedKey(0)] };
      await expect(journal.createRun(swapped, options)).rejects.toMatchObject({ code: "InvalidRequest" });
      const short = { ...plan, keys: [plannedKey(0)] };
      await expect(journal.createRun(short, options)).rejects.toThrow("2 keys, but has 1");
    });

    test("changes its state only from the states expected", async () => {
      await journal.createRun(planOf(RUN, 1), options);
      const change = { from: ["created", "paused"], to: "applying", event } as const;
      expect(await journal.changeRun(RUN, change)).toMatchObject({ state: "applying" });
      await expect(journal.changeRun(RUN, change)).rejects.toThrow("is applying; this needs a run that is created");
      expect((await journal.run(RUN)).state).toBe("applying");
      expect((await collect(journal.events(RUN))).map(({ kind }) => kind)).toEqual(["run-created", "apply-started"]);
    });

    test("keeps the audit records of its cut-overs, each once", async () => {
      await journal.createRun(planOf(RUN, 1), options);
      for (const id of ["a", "b", "a"]) await journal.addCutOver(RUN, id);
      expect((await journal.run(RUN)).cutOvers).toEqual(["a", "b"]);
    });

    test("that is not there is named", async () => {
      await expect(journal.run("none")).rejects.toThrow("no run");
      await expect(journal.counts("none")).rejects.toMatchObject({ code: "InvalidRequest" });
    });
  });

  test("a journal of a newer version is refused", async () => {
    const newer = { ...JOURNAL_SCHEMA, changes: { ...JOURNAL_SCHEMA.changes, "9999-newer": { up: async () => {} } } };
    await (await openDatabase(database, newer)).close();
    await expect(openJournal({ database })).rejects.toMatchObject({
      code: "StoreUnavailable",
      message: expect.stringContaining("newer version"),
    });
  });

  describe("work on items", () => {
    beforeEach(() => journal.createRun(planOf(RUN, 10), options));

    test("goes to one worker at a time, in the order of the plan", async () => {
      await using first = await journal.join(RUN, "first");
      await using second = await journal.join(RUN, "second");
      expect(ordinals(await first.claim({ states: ["made", "planned"], limit: 4 }))).toEqual([0, 1, 2, 3]);
      expect(ordinals(await second.claim({ states: ["planned"], limit: 4 }))).toEqual([4, 5, 6, 7]);
      expect(ordinals(await first.claim({ states: ["planned"], limit: 4 }))).toEqual([8, 9]);
      expect(await second.claim({ states: ["planned"], limit: 4 })).toEqual([]);
      await first.release([1]);
      const [again] = await second.claim({ states: ["planned"], limit: 4 });
      expect(again).toMatchObject({ ordinal: 1, attempts: 2 });
      await expect(first.record([{ ordinal: 1, state: "made" }])).rejects.toThrow("does not hold");
    });

    test("is written all or not at all, and counted", async () => {
      await using lease = await journal.join(RUN, "first");
      await lease.claim({ states: ["planned"], limit: 3 });
      await lease.record([
        { ordinal: 0, state: "made", target: "software:target/0", targetPublicKey: "AAAA", keep: true },
        { ordinal: 1, state: "failed", error: { code: "Internal", message: "broken \ud83d" } },
        { ordinal: 2, state: "made", target: "software:target/2" },
      ]);
      expect(await journal.counts(RUN)).toMatchObject({ planned: 7, made: 2, failed: 1 });
      const half = lease.record([
        { ordinal: 0, state: "verified" },
        { ordinal: 9, state: "verified" },
      ]);
      await expect(half).rejects.toMatchObject({ code: "OperationRefused" });
      expect(await journal.item(RUN, 0)).toMatchObject({ state: "made", target: "software:target/0" });
      const proof = { kind: "none", reason: "none" } as const;
      const verification = { at: 1, passed: true, checks: [] };
      await lease.record([{ ordinal: 0, state: "verified", proof, verification }]);
      expect(await journal.item(RUN, 0)).toMatchObject({ targetPublicKey: "AAAA", proof, verification });
      expect(await journal.counts(RUN)).toMatchObject({ planned: 7, made: 1, verified: 1, failed: 1 });
      expect(await journal.item(RUN, 10)).toBeUndefined();
    });

    test("that is gone from the target is forgotten, and planned again", async () => {
      await using lease = await journal.join(RUN, "worker");
      await lease.claim({ states: ["planned"], limit: 1 });
      const proof = { kind: "none", reason: "" } as const;
      const made = { target: "software:target/0", targetPublicKey: "AA", proof };
      await lease.record([{ ordinal: 0, state: "proved", ...made, keep: true }]);
      const forgotten = { target: null, targetPublicKey: null, proof: null };
      await lease.record([{ ordinal: 0, state: "failed", ...forgotten }]);
      const item = await journal.item(RUN, 0);
      expect(item?.state).toBe("failed");
      for (const name of Object.keys(made)) expect(item).not.toHaveProperty(name);
      expect(await journal.retryFailed(RUN)).toBe(1);
      expect(await journal.counts(RUN)).toMatchObject({ planned: 10, failed: 0 });
      await lease.claim({ states: ["planned"], limit: 1 });
      await lease.record([{ ordinal: 0, state: "made", ...made }]);
      expect(await journal.item(RUN, 0)).toMatchObject({ state: "made", ...made });
    });

    test("that failed is given back to where it stood", async () => {
      await using lease = await journal.join(RUN, "first");
      await lease.claim({ states: ["planned"], limit: 3 });
      const error = { code: "Internal", message: "broken" };
      await lease.record([
        { ordinal: 0, state: "failed", error },
        { ordinal: 1, state: "failed", target: "software:target/1", error },
        { ordinal: 2, state: "failed", target: "software:target/2", proof: { kind: "none", reason: "" }, error },
      ]);
      expect(ordinals(await collect(journal.items(RUN, { failuresFirst: true })))).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      ]);
      expect(await journal.retryFailed(RUN)).toBe(3);
      expect(await journal.counts(RUN)).toMatchObject({ planned: 8, made: 1, proved: 1, failed: 0 });
      const [item] = await lease.claim({ states: ["proved"], limit: 3 });
      expect(item).toMatchObject({ ordinal: 2, error });
      await lease.record([{ ordinal: 2, state: "verified", error: null }]);
      expect(await journal.item(RUN, 2)).not.toHaveProperty("error");
    });

    test("of a worker that went silent is given to others, which is told", async () => {
      const silent = await journal.join(RUN, "silent", { duration: 1 });
      await silent.claim({ states: ["planned"], limit: 2 });
      await using other = await journal.join(RUN, "other");
      await expect
        .poll(() => other.claim({ states: ["planned"], limit: 2, to: 1 }), { interval: 2 })
        .toMatchObject([
          { ordinal: 0, attempts: 2 },
          { ordinal: 1, attempts: 2 },
        ]);
      await expect(silent.record([{ ordinal: 0, state: "made" }])).rejects.toThrow("silent for too long");
      await expect(silent.renew()).rejects.toMatchObject({ code: "OperationRefused" });
      await silent.leave();
      expect((await collect(journal.events(RUN))).at(-1)).toMatchObject({
        kind: "worker-lost",
        worker: silent.worker,
        text: expect.stringContaining("its 2 keys were given"),
      });
    });

    test("of a process that is gone is given to others without waiting for its lease", async () => {
      const child = fileURLToPath(new URL("support/claim-and-die.ts", import.meta.url));
      const { signal } = spawnSync(process.execPath, ["--conditions=keyrail-source", child, database, RUN]);
      expect(signal).toBe("SIGKILL");
      await using patient = await journal.join(RUN, "patient", { settle: 60_000 });
      expect(ordinals(await patient.claim({ states: ["planned"], limit: 1 }))).toEqual([3]);
      await using eager = await journal.join(RUN, "eager", { settle: 0 });
      expect(ordinals(await eager.claim({ states: ["planned"], limit: 10 }))).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
    });

    test("only looked at counts no attempt", async () => {
      await using lease = await journal.join(RUN, "first");
      const [item] = await lease.claim({ states: ["planned"], limit: 1, counted: false });
      expect(item?.attempts).toBe(0);
    });

    test("can be kept to a slice", async () => {
      await using lease = await journal.join(RUN, "first");
      expect(ordinals(await lease.claim({ states: ["planned"], limit: 10, from: 3, to: 5 }))).toEqual([3, 4, 5]);
    });
  });

  test("the digest covers what became of every item", async () => {
    await journal.createRun(planOf(RUN, 2), options);
    const before = await journal.digest(RUN);
    expect(before).toMatch(/^sha-256:[A-Za-z0-9_-]{43}$/);
    expect(await journal.digest(RUN)).toBe(before);
    await using lease = await journal.join(RUN, "first");
    await lease.claim({ states: ["planned"], limit: 1 });
    await lease.record([{ ordinal: 0, state: "made", target: "software:target/0" }]);
    expect(await journal.digest(RUN)).not.toBe(before);
  });

  test("items are counted by strategy", async () => {
    const keys = [plannedKey(0), plannedKey(1, { strategy: "retain" }), plannedKey(2)];
    await journal.createRun(planOf(RUN, keys), options);
    const counts = await journal.strategyCounts(RUN);
    expect([counts.rotate.planned, counts.retain.retained, counts.import.planned]).toEqual([2, 1, 0]);
  });

  test("every state is counted", async () => {
    await journal.createRun(planOf(RUN, 1), options);
    expect(Object.keys(await journal.counts(RUN))).toEqual([...ITEM_STATES]);
  });
});

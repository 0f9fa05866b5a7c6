/** Abort signals, deadlines, calls at the same time, and what is left when a provider is opened again. */

import { isKeyrailError, type KeyRecord } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectRejection, expectThat, sameBytes } from "../expect.ts";
import { catalog } from "../needs.ts";
import { ExpectationFailed } from "../outcome.ts";
import { keyMaker, someKey } from "./any-key.ts";

async function isThere(context: CheckContext, label: string): Promise<boolean> {
  const { catalog: port } = context.provider;
  if (port === undefined) return false;
  for await (const record of port.list()) if (record.label === label) return true;
  return false;
}

const abortBefore: Check = {
  id: "abort.before",
  group: "abort",
  title: "A call whose signal is aborted already does nothing",
  requirement:
    "CallOptions.signal: the call rejects with `Aborted`; aborted before it began, nothing is sent and no key is made.",
  needs: [someKey],
  makesKeys: true,
  async run(context) {
    const label = context.newLabel();
    const before = context.harness.wireRequests?.();
    const signal = AbortSignal.abort();
    await expectRejection("Aborted", "create with an aborted signal", () =>
      keyMaker(context).make(context.provider, { label }, { signal }),
    );
    expectThat(before === context.harness.wireRequests?.(), "a request was sent for an aborted call");
    if (context.capabilities.declaration.catalog?.list !== true) return;
    expectThat(!(await isThere(context, label)), "an aborted create made a key");
  },
};

const abortDuring: Check = {
  id: "abort.during",
  group: "abort",
  title: "Nothing is returned after an abort",
  requirement:
    "CallOptions.signal: ends the call with `Aborted`; nothing is returned after an abort, and the retry advice is `unknown-outcome` when a key may have been made.",
  needs: [someKey],
  makesKeys: true,
  async run(context) {
    const label = context.newLabel();
    const controller = new AbortController();
    const call = keyMaker(context).make(context.provider, { label }, { signal: controller.signal });
    controller.abort(new Error("the caller went away"));
    const error = await expectRejection("Aborted", "a create that is aborted while it runs", () => call);
    if (context.capabilities.declaration.catalog?.list !== true) return;
    // The key may come into being a little later; only a certain "no key was made" can be proved wrong.
    const made = await isThere(context, label);
    expectThat(
      !made || error.retry === "unknown-outcome",
      `a key was made, but the retry advice is "${JSON.stringify(error.retry)}"`,
    );
  },
};

const abortList: Check = {
  id: "abort.list",
  group: "abort",
  title: "A listing ends when it is aborted",
  requirement: "CallOptions.signal: also between the records of `list`: nothing is given after an abort.",
  needs: [someKey, catalog("list")],
  makesKeys: true,
  async run(context) {
    const { catalog: port } = context.provider;
    if (port === undefined) return;
    for (let count = 0; count < 3; count++)
      await keyMaker(context).make(context.provider, { label: context.newLabel() });
    const controller = new AbortController();
    let given = 0;
    await expectRejection("Aborted", "a listing that is aborted after its first record", async () => {
      for await (const record of port.list({ signal: controller.signal, pageSize: 1 })) {
        given++;
        expectThat(given === 1, `the record ${record.uri} was given after the abort`);
        controller.abort();
      }
    });
  },
};

async function isListed({ provider }: CheckContext, label: string): Promise<boolean> {
  if (provider.catalog === undefined) return false;
  for await (const record of provider.catalog.list()) if (record.label === label) return true;
  return false;
}

const deadline: Check = {
  id: "deadline.holds",
  group: "deadline",
  title: "A call is over when its deadline is",
  requirement: "CallOptions.timeout: the call ends within it, or rejects with `DeadlineExceeded`.",
  needs: [someKey],
  makesKeys: true,
  async run(context) {
    for (const timeout of [1, 50]) {
      const label = context.newLabel();
      const started = performance.now();
      let ended = started;
      try {
        await keyMaker(context).make(context.provider, { label }, { timeout });
        ended = performance.now();
      } catch (error) {
        ended = performance.now();
        if (!isKeyrailError(error)) throw error;
        expectThat(error.code === "DeadlineExceeded", `past its deadline a call rejects with ${error.code}`);
        // `safe` is a promise that nothing was sent; only then may a create give it.
        expectThat(
          error.retry === "unknown-outcome" || (error.retry === "safe" && !(await isListed(context, label))),
          `a create past its deadline says retry "${JSON.stringify(error.retry)}"`,
        );
      }
      const late = ended - started - timeout;
      const { deadlineGrace } = context.bounds;
      expectThat(
        late <= deadlineGrace,
        `a call with a deadline of ${timeout} ms came back ${Math.round(late)} ms too late`,
      );
    }
  },
};

const slowAnswer: Check = {
  id: "deadline.slow-answer",
  group: "deadline",
  title: "A slow back end does not hold a caller past the deadline",
  requirement:
    "CallOptions.timeout: the call rejects with `DeadlineExceeded` when the back end does not answer in time.",
  needs: [someKey],
  makesKeys: true,
  harness: "delayAnswers",
  async run(context) {
    const { harness, bounds } = context;
    harness.delayAnswers?.(bounds.deadlineGrace + 1000);
    try {
      const started = performance.now();
      await expectRejection("DeadlineExceeded", "a create that is not answered in time", () =>
        keyMaker(context).make(context.provider, { label: context.newLabel() }, { timeout: 100 }),
      );
      const took = performance.now() - started;
      expectThat(took <= 100 + bounds.deadlineGrace, `it came back after ${Math.round(took)} ms`);
    } finally {
      harness.delayAnswers?.(0);
    }
  },
};

const creates: Check = {
  id: "concurrency.create",
  group: "concurrency",
  title: "Keys made at the same time are different keys",
  requirement: "KeyStore.create: calls at the same time make one key each, with unique ids, and each can be used.",
  needs: [someKey],
  makesKeys: true,
  async run(context) {
    const makers = Array.from({ length: context.bounds.concurrency }, () => keyMaker(context));
    const labels = makers.map(() => context.newLabel());
    const calls = makers.map((maker, index) => maker.make(context.provider, { label: labels[index] ?? "" }));
    const records = await Promise.all(calls);
    expectThat(new Set(records.map((record) => record.id)).size === records.length, "an id was given twice");
    for (const [index, record] of records.entries()) {
      expectThat(record.label === labels[index], "a record carries the label of another call");
    }
    const asymmetric = records.filter((record) => record.half !== "secret");
    const publicKeys = await Promise.all(asymmetric.map((record) => context.provider.keys.getPublic(record.uri)));
    const distinct = new Set(publicKeys.map((publicKey) => Buffer.from(publicKey.toRaw()).toString("hex")));
    expectThat(distinct.size === asymmetric.length, "two of the keys have the same public half");
  },
};

const persisted: Check = {
  id: "persistence.keys",
  group: "persistence",
  title: "Keys outlive the provider object",
  requirement:
    "KeyRecord.uri: stable for the life of the key: after a reopen the key is there, the same, and can be used.",
  needs: [someKey],
  makesKeys: true,
  harness: "reopen",
  async run(context) {
    const { provider, harness } = context;
    const made: KeyRecord[] = [];
    for (let count = 0; count < 3; count++)
      made.push(await keyMaker(context).make(provider, { label: context.newLabel() }));
    const before = await Promise.all(made.map((record) => publicHalf(context, record)));
    const reopened = await harness.reopen?.();
    if (reopened === undefined) throw new ExpectationFailed("the harness did not give a provider");
    context.adopt(reopened);
    const again = context.watch(reopened);
    for (const [index, record] of made.entries()) {
      if (again.catalog !== undefined && again.capabilities.catalog?.get === true) {
        const found = await lookUp(() => again.catalog?.get(record.uri));
        expectThat(found?.uri === record.uri, `the key ${record.uri} is gone after a reopen`);
        expectThat(found.label === record.label, "the label is another one after a reopen");
      }
      const after = await lookUp(() => publicHalf({ ...context, provider: again }, record));
      const known = before[index];
      const same = known === undefined || (after !== undefined && sameBytes(after, known));
      expectThat(same, "the public half is another one after a reopen");
    }
  },
};

async function publicHalf(context: CheckContext, record: KeyRecord): Promise<Uint8Array | undefined> {
  if (record.half === "secret") return undefined;
  return (await context.provider.keys.getPublic(record.uri)).toRaw();
}

async function lookUp<Found>(call: () => Promise<Found> | undefined): Promise<Found | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isKeyrailError(error, "KeyNotFound")) return undefined;
    throw error;
  }
}

/** The checks of signals, deadlines, concurrency and persistence. */
export const TIMING_CHECKS: readonly Check[] = [
  abortBefore,
  abortDuring,
  abortList,
  deadline,
  slowAnswer,
  creates,
  persisted,
];

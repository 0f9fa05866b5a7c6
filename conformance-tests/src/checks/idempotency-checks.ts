/** Idempotency keys: one intent, one key. */

import type { KeyRecord } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectRejection, expectThat } from "../expect.ts";
import { catalog, idempotency } from "../needs.ts";
import { keyMaker, someKey } from "./any-key.ts";

const common = { group: "idempotency", makesKeys: true } as const;
const needs = [someKey, idempotency];

/** Keys that carry the label, by the catalog. */
async function labelled(context: CheckContext, label: string): Promise<KeyRecord[]> {
  const { catalog: port } = context.provider;
  const found: KeyRecord[] = [];
  if (port === undefined) return found;
  for await (const record of port.list()) if (record.label === label) found.push(record);
  return found;
}

/** The checks of idempotency keys. */
export const IDEMPOTENCY_CHECKS: readonly Check[] = [
  {
    ...common,
    id: "idempotency.same-request",
    title: "The same request with the same key gives the same record",
    requirement:
      "CallOptions.idempotencyKey: a second create or import with the same key gives the key of the first one and makes no other.",
    needs,
    async run(context) {
      const maker = keyMaker(context);
      const label = context.newLabel();
      const options = { idempotencyKey: context.newLabel() };
      const first = await maker.make(context.provider, { label }, options);
      const second = await maker.make(context.provider, { label }, options);
      expectThat(first.uri === second.uri, "the second call made another key");
      expectThat(second.label === label && second.keyType === first.keyType, "the second record says something else");
    },
  },
  {
    ...common,
    id: "idempotency.one-key",
    title: "Repeated intents leave one key in the catalog",
    requirement: "CallOptions.idempotencyKey: makes no other key, also when the calls run at the same time.",
    needs: [...needs, catalog("list")],
    async run(context) {
      const maker = keyMaker(context);
      const label = context.newLabel();
      const options = { idempotencyKey: context.newLabel() };
      const calls = Array.from({ length: 5 }, () => maker.make(context.provider, { label }, options));
      const records = await Promise.all(calls);
      expectThat(new Set(records.map((record) => record.uri)).size === 1, "calls at the same time made several keys");
      const found = await labelled(context, label);
      expectThat(found.length === 1, `the catalog has ${found.length} keys of the one intent`);
    },
  },
  {
    ...common,
    id: "idempotency.conflict",
    title: "The same key with another request is a conflict",
    requirement:
      "CallOptions.idempotencyKey: with a different request it rejects with `IdempotencyConflict`, and makes no key.",
    needs,
    async run(context) {
      const maker = keyMaker(context);
      const options = { idempotencyKey: context.newLabel() };
      await maker.make(context.provider, { label: context.newLabel() }, options);
      const label = context.newLabel();
      await expectRejection("IdempotencyConflict", "another label under the same idempotency key", () =>
        maker.make(context.provider, { label }, options),
      );
      if (context.capabilities.declaration.catalog?.list !== true) return;
      expectThat((await labelled(context, label)).length === 0, "the conflicting request made a key");
    },
  },
  {
    ...common,
    id: "idempotency.other-key",
    title: "Other intents make other keys",
    requirement:
      "CallOptions.idempotencyKey: names one intent; the same request under another key, or under none, is another one.",
    needs,
    async run(context) {
      const label = context.newLabel();
      // A fresh maker each: an import of the same material may be refused as a key the provider already holds.
      const records = [
        await keyMaker(context).make(context.provider, { label }, { idempotencyKey: context.newLabel() }),
        await keyMaker(context).make(context.provider, { label }, { idempotencyKey: context.newLabel() }),
        await keyMaker(context).make(context.provider, { label }),
        await keyMaker(context).make(context.provider, { label }),
      ];
      expectThat(new Set(records.map((record) => record.uri)).size === 4, "four intents did not make four keys");
    },
  },
  {
    ...common,
    id: "idempotency.reopened",
    title: "An intent outlives the provider object",
    requirement: "CallOptions.idempotencyKey: settles a lost answer, so it holds after a restart too.",
    needs,
    harness: "reopen",
    async run(context) {
      const maker = keyMaker(context);
      const label = context.newLabel();
      const options = { idempotencyKey: context.newLabel() };
      const first = await maker.make(context.provider, { label }, options);
      const reopened = await context.harness.reopen?.();
      if (reopened === undefined) return;
      context.adopt(reopened);
      const second = await maker.make(context.watch(reopened), { label }, options);
      expectThat(first.uri === second.uri, "after a reopen the same intent made another key");
    },
  },
];

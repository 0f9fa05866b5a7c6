/** Runs made with the real planner. */

import type { CreateRequest, KeyRecord, Provider } from "@keyrail/core";
import { type Journal, planMigration, type PlannedKey, type PlanOptions, summarisePlan } from "../../src/index.ts";
import { collect } from "./collect.ts";

/** Plans the move of everything at the source, and makes the run of it. */
export async function makeRun(
  journal: Journal,
  source: Provider,
  target: Provider,
  options: Partial<PlanOptions> = {},
): Promise<{ readonly run: string; readonly keys: readonly PlannedKey[] }> {
  const { header, keys: planned } = planMigration({ source, target, options });
  const keys = await collect(planned);
  const summary = await summarisePlan({ header, keys: asynchronous(keys) });
  await journal.createRun({ header, summary, keys }, { worker: "test" });
  return { run: header.id, keys };
}

async function* asynchronous<Value>(values: readonly Value[]): AsyncGenerator<Value, void> {
  yield* values;
}

/** Makes keys at a provider, in this order. */
export async function makeKeys(provider: Provider, requests: readonly CreateRequest[]): Promise<KeyRecord[]> {
  const records: KeyRecord[] = [];
  for (const request of requests) records.push(await provider.keys.create(request));
  return records;
}

/** Requests for so many keys like this one, with labels of their own. */
export function many(count: number, request: Omit<CreateRequest, "label">): CreateRequest[] {
  return Array.from({ length: count }, (_, index) => ({ ...request, label: `${request.keyType} ${index}` }));
}

/** Everything a provider lists. */
export function keysOf(provider: Provider): Promise<KeyRecord[]> {
  return collect(provider.catalog?.list() ?? nothing());
}

async function* nothing(): AsyncGenerator<KeyRecord, void> {}

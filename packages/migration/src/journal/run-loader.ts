/** Takes the keys of a plan into the journal. */

import { KeyrailError } from "@keyrail/core";
import { sql } from "kysely";
import type { PlannedKey } from "../plan/plan.ts";
import type { CreateRunOptions, ItemState, PlanToRun, Run } from "./journal.ts";
import { Tally } from "./tally.ts";
import { type JournalStore, readRun, refused } from "./journal-store.ts";
import { integerCell, jsonRows, textCell } from "./rows.ts";

/** Keys per transaction. */
const BATCH = 1000;
/** The name that the counts of a fresh run are kept under. */
const LOADER = "";

/** Loads a plan; goes on where an earlier attempt broke off. */
export async function loadRun(store: JournalStore, plan: PlanToRun, options: CreateRunOptions): Promise<Run> {
  const begun = await beginRun(store, plan);
  let { loaded } = begun;
  let next = 0;
  let batch: PlannedKey[] = [];
  for await (const key of plan.keys) {
    if (options.signal?.aborted === true) {
      throw new KeyrailError(
        "Aborted",
        "Taking the plan into the journal was stopped; the same call goes on with it.",
        {},
      );
    }
    if (key.ordinal !== next) {
      throw new KeyrailError("InvalidRequest", `The plan's key ${next} has the ordinal ${key.ordinal}.`, {
        path: "keys",
      });
    }
    next += 1;
    if (key.ordinal < loaded) continue;
    batch.push(key);
    if (batch.length < BATCH) continue;
    loaded = await append(store, begun.number, loaded, batch);
    batch = [];
    options.onProgress?.(loaded);
  }
  if (next !== plan.summary.keys) {
    throw new KeyrailError("InvalidRequest", `The plan says that it has ${plan.summary.keys} keys, but has ${next}.`, {
      path: "keys",
    });
  }
  loaded = await append(store, begun.number, loaded, batch);
  return finishRun(store, begun.number, plan, options);
}

async function beginRun(store: JournalStore, plan: PlanToRun): Promise<{ number: number; loaded: number }> {
  const { header, summary } = plan;
  const found = await store.database.transaction(async (query) => {
    const row = await query.selectFrom("migration_run").selectAll().where("id", "=", header.id).executeTakeFirst();
    if (row !== undefined) return row;
    const highest = await query
      .selectFrom("migration_run")
      .select((row) => row.fn.max("number").as("number"))
      .executeTakeFirst();
    const now = Date.now();
    const fresh = {
      number: (highest?.number ?? 0) + 1,
      id: header.id,
      state: "created",
      header: JSON.stringify(header),
      summary: JSON.stringify(summary),
      plan_digest: summary.digest,
      loaded: 0,
      keys: summary.keys,
      events: 0,
      cut_overs: "[]",
      created_at: now,
      updated_at: now,
    };
    await query.insertInto("migration_run").values(fresh).execute();
    return fresh;
  });
  if (found.plan_digest !== summary.digest) {
    throw refused(
      `The journal has the run ${header.id} of another plan: this one was changed after it was written.`,
      "another plan",
    );
  }
  if (found.events > 0) {
    throw refused(`The plan ${header.id} has a run already. Resume that one, or make a new plan.`, "it has a run");
  }
  return { number: found.number, loaded: found.loaded };
}

/** Adds keys at the end. @throws KeyrailError `OperationRefused` when another process does the same. */
async function append(store: JournalStore, run: number, loaded: number, keys: readonly PlannedKey[]): Promise<number> {
  if (keys.length === 0) return loaded;
  const rows = keys.map((key) => [key.ordinal, firstState(key), key.strategy, JSON.stringify(key)]);
  const tally = new Tally();
  for (const key of keys) tally.add(firstState(key), key.strategy, 1);
  return store.change(async (query, now) => {
    const { numUpdatedRows } = await query
      .updateTable("migration_run")
      .set({ loaded: loaded + keys.length, updated_at: now })
      .where("number", "=", run)
      .where("loaded", "=", loaded)
      .where("events", "=", 0)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) {
      throw refused("Another process is taking this plan into the journal. Wait until it is done.", "loaded elsewhere");
    }
    await sql`insert into migration_item (run, ordinal, state, strategy, worker, attempts, updated_at)
      select ${sql.lit(run)}, ${integerCell(0)}, ${textCell(1)}, ${textCell(2)}, null, 0, ${sql.lit(now)}
      from ${jsonRows(
        store.kind,
        rows.map((row) => row.slice(0, 3)),
      )}`.execute(query);
    await sql`insert into migration_planned (run, ordinal, planned)
      select ${sql.lit(run)}, ${integerCell(0)}, ${textCell(1)}
      from ${jsonRows(
        store.kind,
        rows.map(([ordinal = null, , , planned = null]) => [ordinal, planned]),
      )}`.execute(query);
    await store.count(query, run, LOADER, tally);
    return loaded + keys.length;
  });
}

function firstState(key: PlannedKey): ItemState {
  return key.strategy === "retain" ? "retained" : "planned";
}

/** The first event marks a run whose keys are all here. */
function finishRun(store: JournalStore, run: number, plan: PlanToRun, options: CreateRunOptions): Promise<Run> {
  return store.change(async (query, now) => {
    await store.addEvent(query, run, now, {
      worker: options.worker,
      kind: "run-created",
      text: `The run was made: ${plan.summary.keys} keys from ${plan.header.source.uri} to ${plan.header.target.uri}.`,
    });
    return readRun(
      await query.selectFrom("migration_run").selectAll().where("number", "=", run).executeTakeFirstOrThrow(),
    );
  });
}

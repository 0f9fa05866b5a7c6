/** Work on items by one worker at a time. */

import { sql, type Transaction } from "kysely";
import type { ClaimRequest, HeldItemUpdate, ItemState, JournalItem, LeaseOptions, WorkerLease } from "./journal.ts";
import type { Strategy } from "../plan/plan.ts";
import { isKnownDead, processIdentity } from "./process-identity.ts";
import type { JournalTables } from "./tables.ts";
import { Tally } from "./tally.ts";
import { readItem, readRows } from "./item-reader.ts";
import { type JournalStore, refused } from "./journal-store.ts";
import { integerCell, isOneOf, jsonRows, type Query, textCell } from "./rows.ts";

const HIGHEST_ORDINAL = 2 ** 31 - 1;
const DEFAULT_DURATION = 60_000;
const DEFAULT_SETTLE = 5000;

/** A lease over the database. */
export class StoredLease implements WorkerLease {
  readonly worker: string;
  readonly duration: number;
  readonly #store: JournalStore;
  readonly #run: number;
  /** The items this worker holds, with the state they are in. */
  readonly #held = new Map<number, { readonly state: ItemState; readonly strategy: Strategy }>();
  readonly #settle: number;
  #left = false;

  constructor(store: JournalStore, run: number, worker: string, options: LeaseOptions) {
    this.#store = store;
    this.#run = run;
    this.worker = worker;
    this.duration = options.duration ?? DEFAULT_DURATION;
    this.#settle = options.settle ?? DEFAULT_SETTLE;
  }

  /** Makes the lease known to the others. */
  async enter(): Promise<void> {
    await this.#store.change((query, now) =>
      query
        .insertInto("migration_worker")
        .values({
          run: this.#run,
          worker: this.worker,
          lease_until: now + this.duration,
          renewed_at: now,
          process: processIdentity,
        })
        .execute(),
    );
  }

  async renew(): Promise<void> {
    await this.#store.change((query, now) => this.#hold(query, now));
  }

  async claim(request: ClaimRequest): Promise<readonly JournalItem[]> {
    const rows = await this.#store.change(async (query, now) => {
      await this.#hold(query, now);
      await this.#takeOver(query, now);
      for (const state of request.states) {
        const ordinals = await this.#take(query, state, request);
        if (ordinals.length > 0) return readRows(this.#store.kind, query, this.#run, ordinals);
      }
      return [];
    });
    const items = rows.map(readItem);
    for (const { ordinal, state, strategy } of items) this.#held.set(ordinal, { state, strategy });
    return items;
  }

  async record(updates: readonly HeldItemUpdate[]): Promise<void> {
    if (updates.length === 0) return;
    const steps = this.#steps(updates);
    const given = updates.filter(({ keep }) => keep !== true).map(({ ordinal }) => ordinal);
    await this.#giving(given, async (query, now) => {
      await this.#hold(query, now);
      const tally = new Tally();
      for (const { from, to, strategy, keep, ordinals } of steps) {
        const { numUpdatedRows } = await query
          .updateTable("migration_item")
          .set({ state: to, updated_at: now, ...(keep ? {} : { worker: null }) })
          .where("run", "=", this.#run)
          .where("worker", "=", this.worker)
          .where("state", "=", from)
          .where(isOneOf(this.#store.kind, "ordinal", ordinals))
          .executeTakeFirst();
        if (Number(numUpdatedRows) !== ordinals.length) throw this.#lost();
        tally.add(from, strategy, -ordinals.length);
        tally.add(to, strategy, ordinals.length);
      }
      await this.#store.count(query, this.#run, this.worker, tally);
      await this.#writeResults(query, updates);
    });
    for (const { ordinal, state, keep } of updates) {
      const held = this.#held.get(ordinal);
      if (keep === true && held !== undefined) this.#held.set(ordinal, { ...held, state });
    }
  }

  async release(ordinals: readonly number[]): Promise<void> {
    if (ordinals.length === 0) return;
    await this.#giving(ordinals, async (query, now) => {
      await this.#hold(query, now);
      await this.#free(query, ordinals);
    });
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    await this.#store.change(async (query) => {
      await this.#free(query, [...this.#held.keys()]);
      await query
        .deleteFrom("migration_worker")
        .where("run", "=", this.#run)
        .where("worker", "=", this.worker)
        .execute();
    });
    this.#held.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** Renews the lease; its row stays locked to the end of the transaction, so that nobody takes over meanwhile. */
  async #hold(query: Query, now: number): Promise<void> {
    const { numUpdatedRows } = await query
      .updateTable("migration_worker")
      .set({ lease_until: now + this.duration, renewed_at: now })
      .where("run", "=", this.#run)
      .where("worker", "=", this.worker)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw this.#lost();
  }

  /**
   * A transaction that gives items back. They are forgotten before they are free, since this worker may claim them again
   * as soon as they are.
   */
  async #giving(
    ordinals: readonly number[],
    work: (query: Transaction<JournalTables>, now: number) => Promise<void>,
  ): Promise<void> {
    const given = ordinals.map((ordinal) => [ordinal, this.#held.get(ordinal)] as const);
    for (const ordinal of ordinals) this.#held.delete(ordinal);
    try {
      await this.#store.change(work);
    } catch (error) {
      for (const [ordinal, held] of given) if (held !== undefined) this.#held.set(ordinal, held);
      throw error;
    }
  }

  async #free(query: Query, ordinals: readonly number[]): Promise<void> {
    await query
      .updateTable("migration_item")
      .set({ worker: null })
      .where("run", "=", this.#run)
      .where("worker", "=", this.worker)
      .where(isOneOf(this.#store.kind, "ordinal", ordinals))
      .execute();
  }

  async #takeOver(query: Query, now: number): Promise<void> {
    const others = query
      .selectFrom("migration_worker")
      .selectAll()
      .where("run", "=", this.#run)
      .where("worker", "!=", this.worker);
    const rows = await (this.#store.kind === "sqlite" ? others : others.forUpdate().skipLocked()).execute();
    for (const { worker, lease_until: leaseUntil, renewed_at: renewedAt, process } of rows) {
      if (leaseUntil >= now && (renewedAt + this.#settle >= now || !isKnownDead(process))) continue;
      await query.deleteFrom("migration_worker").where("run", "=", this.#run).where("worker", "=", worker).execute();
      const { numUpdatedRows: items } = await query
        .updateTable("migration_item")
        .set({ worker: null })
        .where("run", "=", this.#run)
        .where("worker", "=", worker)
        .executeTakeFirst();
      await this.#store.addEvent(query, this.#run, now, {
        worker,
        kind: "worker-lost",
        text: `The worker ${worker} gave no sign of life; its ${items} keys were given to others by ${this.worker}.`,
      });
    }
  }

  async #take(query: Query, state: ItemState, request: ClaimRequest): Promise<number[]> {
    const { kind } = this.#store;
    // Without statistics SQLite would walk the items by ordinal; PostgreSQL must choose its rows once, hence the `with`.
    const { rows } = await sql<{ ordinal: number }>`
      with free as materialized (
        select ordinal from migration_item ${kind === "sqlite" ? sql`indexed by migration_item_state` : sql``}
        where run = ${this.#run} and state = ${state} and worker is null
          and ordinal between ${request.from ?? 0} and ${request.to ?? HIGHEST_ORDINAL}
        order by ordinal limit ${request.limit} ${kind === "sqlite" ? sql`` : sql`for update skip locked`}
      )
      update migration_item set worker = ${this.worker}, attempts = attempts + ${sql.lit(request.counted === false ? 0 : 1)}
      where run = ${this.#run} and ordinal in (select ordinal from free) returning ordinal`.execute(query);
    return rows.map(({ ordinal }) => ordinal);
  }

  /** Updates that change the same state into the same, together. @throws KeyrailError for an item that is not held. */
  #steps(updates: readonly HeldItemUpdate[]): Step[] {
    const steps = new Map<string, Step>();
    const seen = new Set<number>();
    for (const { ordinal, state: to, keep = false } of updates) {
      const held = this.#held.get(ordinal);
      if (held === undefined || seen.has(ordinal)) {
        throw refused(
          `The worker ${this.worker} does not hold the key ${ordinal}, or changes it twice at once.`,
          "not held",
        );
      }
      seen.add(ordinal);
      const { state: from, strategy } = held;
      const name = `${from} ${to} ${strategy} ${keep}`;
      const step = steps.get(name) ?? { from, to, strategy, keep, ordinals: [] };
      step.ordinals.push(ordinal);
      steps.set(name, step);
    }
    return [...steps.values()];
  }

  async #writeResults(query: Query, updates: readonly HeldItemUpdate[]): Promise<void> {
    const rows = updates
      .filter(hasResult)
      .map((update) => [
        update.ordinal,
        textOrNothing(update.target),
        textOrNothing(update.targetPublicKey),
        storedOrNothing(update.ticket),
        storedOrNothing(update.proof),
        storedOrNothing(update.verification),
        storedOrNothing(update.error),
      ]);
    if (rows.length === 0) return;
    const kept = RESULTS.map(
      (name) => sql`${sql.ref(name)} = coalesce(excluded.${sql.ref(name)}, migration_result.${sql.ref(name)})`,
    );
    await sql`insert into migration_result (run, ordinal, ${sql.join(RESULTS.map((name) => sql.ref(name)))})
      select ${sql.lit(this.#run)}, ${integerCell(0)}, ${sql.join(RESULTS.map((_, index) => textCell(index + 1)))}
      from ${jsonRows(this.#store.kind, rows)} where true
      on conflict (run, ordinal) do update set ${sql.join(kept)}`.execute(query);
  }

  #lost(): Error {
    return refused(
      `The worker ${this.worker} was silent for too long: its keys were given to others. Nothing of this was written.`,
      "lease lost",
    );
  }
}

/** Items that go from one state to another. */
interface Step {
  readonly from: ItemState;
  readonly to: ItemState;
  readonly strategy: Strategy;
  readonly keep: boolean;
  readonly ordinals: number[];
}

const RESULTS = ["target", "target_public_key", "ticket", "proof", "verification", "error"] as const;

function hasResult(update: HeldItemUpdate): boolean {
  const { target, targetPublicKey, ticket, proof, verification, error } = update;
  return [target, targetPublicKey, ticket, proof, verification, error].some((value) => value !== undefined);
}

function storedOrNothing(value: object | null | undefined): string | null {
  return textOrNothing(value && JSON.stringify(value));
}

/** Null leaves what is there; the empty text takes it away. */
function textOrNothing(text: string | null | undefined): string | null {
  return text === undefined ? null : (text ?? "");
}

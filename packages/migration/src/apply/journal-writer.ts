/** Collects what becomes of keys and writes it to the journal many at a time. */

import { setTimeout as delay } from "node:timers/promises";
import type { HeldItemUpdate, WorkerLease } from "../journal/journal.ts";

/** Updates per transaction. */
const BATCH = 500;
/** Milliseconds an update waits for others. What is lost with the process in this time is found again by its operation key. */
const LINGER = 100;

/** Somebody who waits until so many more transactions are done. */
interface Waiter {
  transactions: number;
  readonly done: () => void;
}

/**
 * One transaction for many keys. Updates of one key that come while the one before is being written are made one, so that
 * a quick key costs one row.
 */
export class JournalWriter {
  readonly #lease: WorkerLease;
  readonly #onFailure: (error: unknown) => void;
  readonly #pending = new Map<number, HeldItemUpdate>();
  #waiters: Waiter[] = [];
  #running = false;
  #writing = false;
  #failure: { readonly error: unknown } | undefined;
  #hurry: AbortController | undefined;

  /** @param onFailure is told at once when the journal can't be written; nothing is written from then on. */
  constructor(lease: WorkerLease, onFailure: (error: unknown) => void) {
    this.#lease = lease;
    this.#onFailure = onFailure;
  }

  /** Takes an update in. @throws what the journal threw when it could not be written. */
  add(update: HeldItemUpdate): void {
    this.#check();
    // Only the last of them knows whether the key is gone on with.
    const { keep = false } = update;
    this.#pending.set(update.ordinal, { ...this.#pending.get(update.ordinal), ...update, keep });
    if (this.#pending.size >= BATCH) this.#hurry?.abort();
    if (!this.#running) void this.#run();
  }

  /** Resolves when all that was taken in so far is durable. @throws as {@link add}. */
  async flush(): Promise<void> {
    const transactions = (this.#writing ? 1 : 0) + Math.ceil(this.#pending.size / BATCH);
    if (this.#failure === undefined && transactions > 0) {
      this.#hurry?.abort();
      await new Promise<void>((done) => this.#waiters.push({ transactions, done }));
    }
    this.#check();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#pending.size > 0) {
        await this.#linger();
        const batch = this.#take();
        this.#writing = true;
        await this.#lease.record(batch);
        this.#writing = false;
        for (const waiter of this.#waiters) waiter.transactions -= 1;
        this.#release((waiter) => waiter.transactions <= 0);
      }
    } catch (error) {
      this.#failure = { error };
      this.#release(() => true);
      this.#onFailure(error);
    }
    this.#running = false;
  }

  /** Waits for more updates, unless somebody waits for those that are here. */
  async #linger(): Promise<void> {
    if (this.#pending.size >= BATCH || this.#waiters.length > 0) return;
    this.#hurry = new AbortController();
    await delay(LINGER, undefined, { signal: this.#hurry.signal }).catch(() => undefined);
    this.#hurry = undefined;
  }

  /** The oldest updates. */
  #take(): HeldItemUpdate[] {
    const batch: HeldItemUpdate[] = [];
    for (const [ordinal, update] of this.#pending) {
      batch.push(update);
      this.#pending.delete(ordinal);
      if (batch.length === BATCH) break;
    }
    return batch;
  }

  #release(which: (waiter: Waiter) => boolean): void {
    for (const waiter of this.#waiters.filter(which)) waiter.done();
    this.#waiters = this.#waiters.filter((waiter) => !which(waiter));
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

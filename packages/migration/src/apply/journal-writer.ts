/** Collects what becomes of keys and writes it to the journal many at a time. */

import { setTimeout as delay } from "node:timers/promises";
import type { HeldItemUpdate, WorkerLease } from "../journal/journal.ts";

/** Updates per transaction. */
const BATCH = 500;
/** Milliseconds an update waits for others. What is lost with the process in this time is found again by its operation key. */
const LINGER = 20;

/**
 * One transaction for many keys. Updates of one key that come while the one before is being written are made one, so that
 * a quick key costs one row.
 */
export class JournalWriter {
  readonly #lease: WorkerLease;
  readonly #onFailure: (error: unknown) => void;
  #pending = new Map<number, HeldItemUpdate>();
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #hurry: (() => void) | undefined;

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
    if (this.#pending.size >= BATCH) this.#hurry?.();
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when all that was taken in is durable. @throws as {@link add}. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) {
      this.#hurry?.();
      await this.#writing;
    }
    this.#check();
  }

  async #write(): Promise<void> {
    try {
      while (this.#pending.size > 0) {
        if (this.#pending.size < BATCH) await this.#linger();
        await this.#lease.record(this.#take());
      }
    } catch (error) {
      this.#failure = { error };
      this.#onFailure(error);
    }
  }

  async #linger(): Promise<void> {
    const hurry = new AbortController();
    this.#hurry = () => hurry.abort();
    await delay(LINGER, undefined, { signal: hurry.signal }).catch(() => undefined);
    this.#hurry = undefined;
  }

  #take(): HeldItemUpdate[] {
    const batch: HeldItemUpdate[] = [];
    for (const [ordinal, update] of this.#pending) {
      batch.push(update);
      this.#pending.delete(ordinal);
      if (batch.length === BATCH) break;
    }
    return batch;
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

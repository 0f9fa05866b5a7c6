/** Takes items from the journal a batch ahead of those who work on them. */

import { type JournalItem, READY_STATES, type Slice, type WorkerLease } from "../journal/journal.ts";

/** Milliseconds a batch should last: each is a transaction, and those who share a run wait for what is in it. */
const BATCH_TIME = 500;
/** Items per batch at most: all of them are in memory at once. */
const LARGEST_BATCH = 512;

/** The items of a run, or of a slice of it, that nobody works on: nearly done ones first, so that keys are finished before others are begun. */
export class ItemFeed {
  readonly #lease: WorkerLease;
  readonly #slice: Slice | undefined;
  /** Grows while batches are done quickly, as between local stores; a batch of a slow vendor stays small. */
  #batch: number;
  #claimed = -Infinity;
  #items: readonly JournalItem[] = [];
  #next = 0;
  #claiming: Promise<void> | undefined;
  #exhausted = false;

  /** @param batch items of the first batch: enough for everybody who works. */
  constructor(lease: WorkerLease, batch: number, slice: Slice | undefined) {
    this.#lease = lease;
    this.#batch = batch;
    this.#slice = slice;
  }

  /** The next item, each given to one caller; undefined when there is none any more. */
  async next(): Promise<JournalItem | undefined> {
    for (;;) {
      const item = this.#items[this.#next];
      if (item !== undefined) {
        this.#next += 1;
        return item;
      }
      if (this.#exhausted) return undefined;
      await (this.#claiming ??= this.#claim().finally(() => {
        this.#claiming = undefined;
      }));
    }
  }

  async #claim(): Promise<void> {
    const now = performance.now();
    if (now - this.#claimed < BATCH_TIME / 2) this.#batch = Math.min(2 * this.#batch, LARGEST_BATCH);
    this.#claimed = now;
    this.#items = await this.#lease.claim({ states: READY_STATES, limit: this.#batch, ...this.#slice });
    this.#next = 0;
    this.#exhausted = this.#items.length === 0;
  }
}

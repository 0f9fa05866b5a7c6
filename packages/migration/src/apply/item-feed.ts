/** Takes items from the journal a batch ahead of those who work on them. */

import { type JournalItem, READY_STATES, type Slice, type WorkerLease } from "../journal/journal.ts";

/** The items of a run, or of a slice of it, that nobody works on: nearly done ones first, so that keys are finished before others are begun. */
export class ItemFeed {
  readonly #lease: WorkerLease;
  readonly #batch: number;
  readonly #slice: Slice | undefined;
  #items: readonly JournalItem[] = [];
  #next = 0;
  #claiming: Promise<void> | undefined;
  #exhausted = false;

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
    this.#items = await this.#lease.claim({ states: READY_STATES, limit: this.#batch, ...this.#slice });
    this.#next = 0;
    this.#exhausted = this.#items.length === 0;
  }
}

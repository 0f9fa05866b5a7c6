import type { DatabaseSync, StatementSync } from "node:sqlite";
import { KeyrailError } from "@keyrail/core";
import { abortedBeforeWrite } from "../store-errors.ts";
import { isBusy, storeError } from "./database.ts";

/** Most writes in one transaction: keeps one turn of the event loop below 10 ms. */
const BATCH = 256;
/** How long writes wait for another process's lock, ms. */
const LOCK_DEADLINE_MS = 5000;
const LOCK_RETRY_MS = 10;

interface Write {
  readonly work: () => unknown;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: the writes that are asked for in one turn of the event loop are committed in one transaction, so that they
 * share one sync of the disk. A write is acknowledged only after that.
 */
export class CommitQueue {
  readonly #store: string;
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #afterCommit: () => void;
  #waiting: Write[] = [];
  #scheduled = false;
  #lockDeadline: number | undefined;
  #idle: (() => void)[] = [];

  /** @param afterCommit called after each committed transaction, before its writes are acknowledged. */
  constructor(store: string, database: DatabaseSync, afterCommit: () => void) {
    this.#store = store;
    this.#database = database;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#afterCommit = afterCommit;
  }

  /**
   * Runs `work` inside a transaction and gives its result once that is on the disk. When `work` throws, it has changed
   * nothing, and only its own promise rejects.
   */
  write<Result>(work: () => Result, signal?: AbortSignal): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      let result: Result;
      this.#waiting.push({
        work: () => (result = work()),
        signal,
        resolve: () => resolve(result),
        reject,
      });
      if (!this.#scheduled) this.#schedule();
    });
  }

  /** Resolves when nothing is waiting to be written. */
  drained(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(delayMs?: number): void {
    this.#scheduled = true;
    if (delayMs === undefined) setImmediate(() => this.#flush());
    else setTimeout(() => this.#flush(), delayMs);
  }

  #flush(): void {
    this.#scheduled = false;
    const batch = this.#waiting.splice(0, BATCH);
    if (this.#beginTransaction(batch)) this.#run(batch);
    if (this.#waiting.length > 0) {
      if (!this.#scheduled) this.#schedule();
      return;
    }
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** False when the batch was put back or rejected. */
  #beginTransaction(batch: Write[]): boolean {
    try {
      this.#begin.run();
      this.#lockDeadline = undefined;
      return true;
    } catch (error) {
      const now = performance.now();
      this.#lockDeadline ??= now + LOCK_DEADLINE_MS;
      if (isBusy(error) && now < this.#lockDeadline) {
        this.#waiting.unshift(...batch);
        this.#schedule(LOCK_RETRY_MS);
        return false;
      }
      this.#lockDeadline = undefined;
      rejectAll(batch, storeError(error, this.#store));
      return false;
    }
  }

  #run(batch: readonly Write[]): void {
    const done: Write[] = [];
    for (const write of batch) {
      try {
        if (write.signal?.aborted === true) throw abortedBeforeWrite(write.signal);
        write.work();
        done.push(write);
      } catch (error) {
        if (error instanceof KeyrailError) {
          write.reject(error);
          continue;
        }
        // The disk or the file failed: nothing of this transaction will be kept.
        this.#rollBack();
        const failure = storeError(error, this.#store);
        rejectAll(batch, failure);
        return;
      }
    }
    try {
      this.#commit.run();
    } catch (error) {
      this.#rollBack();
      rejectAll(done, storeError(error, this.#store, true));
      return;
    }
    this.#afterCommit();
    for (const write of done) write.resolve(undefined);
  }

  #rollBack(): void {
    // SQLite has rolled back by itself after some errors.
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }
}

function rejectAll(writes: readonly Write[], error: unknown): void {
  for (const write of writes) write.reject(error);
}

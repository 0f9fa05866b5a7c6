/**
 * Keeps requests within the organisation's rate limit: a token bucket, and a pause for everybody when the service has
 * answered 429.
 */

import type { CallBudget } from "./call-budget.ts";

/** The rate an organisation may use (dfns.md, section 10). */
export interface RateLimit {
  /** Requests in any 60 seconds: 1,000, or 100 for trials. Every mutating call costs three. */
  readonly requestsPerMinute: number;
  /** How many of them may go out at once. Default: a tenth, at least 3. */
  readonly burst?: number;
}

/** Where a pacer gets its time from: milliseconds, monotonic. */
export type MonotonicTime = () => number;

const MINUTE = 60_000;

/**
 * A token bucket of `burst` tokens that refills at `requestsPerMinute - burst` a minute, so that no window of 60 seconds
 * sees more than `requestsPerMinute`. First come, first served.
 */
export class RequestPacer {
  readonly #burst: number;
  /** Milliseconds a token takes to come back; 0 without a limit. */
  readonly #interval: number;
  readonly #now: MonotonicTime;
  /** When the bucket was, or will be, full again. Being far ahead of now means that many waits are booked. */
  #fullAt = 0;
  #pausedUntil = 0;

  constructor(limit: RateLimit | undefined, now: MonotonicTime = () => performance.now()) {
    this.#now = now;
    this.#burst = limit === undefined ? 0 : (limit.burst ?? Math.max(3, Math.floor(limit.requestsPerMinute / 10)));
    this.#interval = limit === undefined ? 0 : MINUTE / (limit.requestsPerMinute - this.#burst);
  }

  /**
   * Takes one token, waiting for it when there is none. `undefined`: there is nothing to wait for.
   * The promise rejects with `Aborted` or `DeadlineExceeded` of the call.
   */
  take(call: CallBudget): Promise<void> | undefined {
    if (this.#pausedUntil > 0 && this.#pausedUntil > this.#now()) return this.#takeAfterPause(call);
    const wait = this.book();
    return wait > 0 ? call.wait(wait) : undefined;
  }

  async #takeAfterPause(call: CallBudget): Promise<void> {
    for (;;) {
      const pause = this.#pausedUntil - this.#now();
      if (pause <= 0) break;
      await call.wait(pause);
    }
    const wait = this.book();
    if (wait > 0) await call.wait(wait);
  }

  /** Books the next token; gives how long to wait for it, in milliseconds. */
  book(): number {
    if (this.#interval === 0) return 0;
    const now = this.#now();
    this.#fullAt = Math.max(this.#fullAt, now) + this.#interval;
    return Math.max(0, this.#fullAt - now - this.#burst * this.#interval);
  }

  /** The service says that it has had enough: nobody sends for so many milliseconds, and the bucket is empty then. */
  pause(milliseconds: number): void {
    const until = this.#now() + milliseconds;
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    this.#fullAt = Math.max(this.#fullAt, until + this.#burst * this.#interval);
  }
}

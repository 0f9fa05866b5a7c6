/** Slows login answers down after repeated failures (fact sheet, section 2). */

import type { EmulatorClock, Waiting } from "../clock.ts";
import {
  LOGIN_DURATION,
  LOGIN_DURATION_THROTTLED,
  LOGIN_FAILURE_MEMORY,
  LOGIN_FAILURES_BEFORE_DELAY,
} from "../limits.ts";

/** The failure count of a device: one for all clients. */
export class LoginThrottle {
  readonly #clock: EmulatorClock;
  readonly #waiting: Waiting;
  #failures = 0;
  #lastFailure = 0;

  constructor(clock: EmulatorClock, waiting: Waiting) {
    this.#clock = clock;
    this.#waiting = waiting;
  }

  /** Least duration of the next answer in device milliseconds. */
  get duration(): number {
    this.#forget();
    return this.#failures >= LOGIN_FAILURES_BEFORE_DELAY ? LOGIN_DURATION_THROTTLED : LOGIN_DURATION;
  }

  /** Counts a refused proof. */
  failed(): void {
    this.#forget();
    this.#failures += 1;
    this.#lastFailure = this.#clock.now();
  }

  /** A success ends a row of consecutive failures that is still short; a full row ends by time only. */
  succeeded(): void {
    if (this.#failures < LOGIN_FAILURES_BEFORE_DELAY) this.#failures = 0;
  }

  /** Waits until `duration` device milliseconds have passed since the outside time `started`. */
  async stretch(started: number, duration: number): Promise<void> {
    const elapsed = this.#waiting.scale === 0 ? duration : (this.#clock.now() - started) / this.#waiting.scale;
    await this.#waiting.for(duration - elapsed);
  }

  #forget(): void {
    const memory = LOGIN_FAILURE_MEMORY * (this.#waiting.scale === 0 ? 1 : this.#waiting.scale);
    if (this.#clock.now() - this.#lastFailure >= memory) this.#failures = 0;
  }
}

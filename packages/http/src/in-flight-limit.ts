import { KeyrailError } from "@keyrail/core";

interface Waiting {
  readonly start: () => void;
}

/**
 * Lets at most so many tasks run at once, first come first served. One per device or organisation, shared by all its
 * clients in the process.
 */
export class InFlightLimit {
  readonly #maximum: number;
  readonly #waiting: Set<Waiting> = new Set();
  #running = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Tasks running now. */
  get running(): number {
    return this.#running;
  }

  /**
   * Runs the task when its turn has come. An abort while waiting rejects with `Aborted` and retry `safe`: nothing was
   * sent.
   */
  async run<Result>(task: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.#running >= this.#maximum) await this.#turn(signal);
    this.#running += 1;
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiting);
        const cause: unknown = signal?.reason;
        reject(new KeyrailError("Aborted", "The call was aborted while it waited for its turn; nothing was sent.", {}, { cause }));
      };
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiting);
    });
  }

  #next(): void {
    const first = this.#waiting.values().next();
    if (first.done === true || this.#running >= this.#maximum) return;
    this.#waiting.delete(first.value);
    first.value.start();
  }
}

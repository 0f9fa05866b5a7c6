import { KeyrailError, listenForAbort, stopListeningForAbort } from "@keyrail/core";

/**
 * Lets at most so many tasks run at once, first come first served. One per device or organisation, shared by all its
 * clients in the process.
 */
export class InFlightLimit {
  readonly #maximum: number;
  /** Starts of waiting tasks, oldest first. A slot that becomes free is handed to the first; nobody can slip in between. */
  readonly #waiting: Set<() => void> = new Set();
  #running = 0;

  /** @param maximum at least 1. */
  constructor(maximum: number) {
    if (!Number.isInteger(maximum) || maximum < 1) {
      throw new KeyrailError("InvalidConfiguration", `At least one task must be allowed in flight, not ${maximum}.`, {
        path: "maximum",
      });
    }
    this.#maximum = maximum;
  }

  /** Tasks running now. */
  get running(): number {
    return this.#running;
  }

  /** Tasks that wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs the task when its turn has come. An abort while waiting rejects with `Aborted` and retry `safe`: nothing was
   * sent.
   */
  async run<Result>(task: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.#running < this.#maximum) this.#running += 1;
    else await this.#turn(signal);
    try {
      return await task();
    } finally {
      this.#release();
    }
  }

  /** Resolves with a slot of its own: `#running` has counted this task already. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(abortedWhileWaiting(signal));
    return new Promise((resolve, reject) => {
      const start = (): void => {
        if (signal !== undefined) stopListeningForAbort(signal, onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.delete(start);
        reject(abortedWhileWaiting(signal));
      };
      if (signal !== undefined) listenForAbort(signal, onAbort);
      this.#waiting.add(start);
    });
  }

  #release(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(first);
    first();
  }
}

function abortedWhileWaiting(signal: AbortSignal | undefined): KeyrailError<"Aborted"> {
  const cause: unknown = signal?.reason;
  return new KeyrailError(
    "Aborted",
    "The call was aborted while it waited for its turn; nothing was sent.",
    {},
    { cause },
  );
}

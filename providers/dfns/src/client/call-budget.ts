import { setTimeout as delay } from "node:timers/promises";
import { type CallOptions, KeyrailError } from "@keyrail/core";

/**
 * What is left of one port call: its signal and its deadline. A call is several requests here, so each of them asks
 * first: nothing is sent any more for a caller who has gone.
 */
export class CallBudget {
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
  readonly #mutates: boolean;
  readonly #timeout: number | undefined;
  readonly #deadline: number | undefined;

  /** @param mutates whether the call makes, changes or archives a key: past its deadline it may have done so. */
  constructor(operation: string, options: CallOptions | undefined, mutates = false) {
    this.operation = operation;
    this.#mutates = mutates;
    this.signal = options?.signal;
    this.#timeout = options?.timeout;
    this.#deadline = options?.timeout === undefined ? undefined : performance.now() + options.timeout;
  }

  /** Whether a call that ended early may be made again. */
  get retry(): "safe" | "unknown-outcome" {
    return this.#mutates ? "unknown-outcome" : "safe";
  }

  /** Milliseconds left; undefined when there is no deadline. */
  get remaining(): number | undefined {
    return this.#deadline === undefined ? undefined : this.#deadline - performance.now();
  }

  /** Asked before each request. @throws KeyrailError `Aborted` or `DeadlineExceeded`. */
  check(): void {
    if (this.signal?.aborted === true) {
      const cause: unknown = this.signal.reason;
      const { operation, retry } = this;
      throw new KeyrailError("Aborted", `${operation} was aborted.`, { operation }, { cause, retry });
    }
    const { remaining } = this;
    if (remaining !== undefined && remaining <= 0) {
      const timeoutMs = this.#timeout ?? 0;
      throw new KeyrailError(
        "DeadlineExceeded",
        `${this.operation} did not finish within ${timeoutMs} ms.`,
        { timeoutMs },
        { retry: this.retry },
      );
    }
  }

  /**
   * Waits. Ends early with the error of {@link check} when the call is aborted or its deadline comes first.
   * @param milliseconds 0 or more.
   */
  async wait(milliseconds: number): Promise<void> {
    this.check();
    const { remaining } = this;
    const time = remaining === undefined ? milliseconds : Math.min(milliseconds, Math.max(0, remaining));
    try {
      await delay(time, undefined, this.signal === undefined ? {} : { signal: this.signal });
    } catch (error) {
      // The only way to end early is the signal; `check` says so in Keyrail's words.
      if (this.signal?.aborted !== true) throw error;
    }
    this.check();
  }
}

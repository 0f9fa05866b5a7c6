import { EventEmitter } from "node:events";
import { DeadlinePassed } from "./classify-failure.ts";

/**
 * Ends one request at its deadline or when the caller aborts. undici is told through an emitter, which costs a fraction
 * of an `AbortSignal`; the caller is freed through `stopped` even while undici still waits for a connection.
 */
export class StopSource {
  /** What undici listens to: it ends the request on `abort`. */
  readonly emitter: EventEmitter = new EventEmitter();
  /** Rejects when the request is to end; never resolves. */
  readonly stopped: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    const { promise, reject } = Promise.withResolvers<never>();
    // Nobody may be listening any more when the answer was faster.
    promise.catch(() => undefined);
    this.stopped = promise;
    const stop = (reason: Error): void => {
      reject(reason);
      this.emitter.emit("abort");
    };
    this.#timer = setTimeout(() => stop(new DeadlinePassed("The deadline of the request passed.")), timeoutMs);
    this.#signal = signal;
    if (signal === undefined) return;
    this.#onAbort = () => stop(new Error("The caller aborted the request."));
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Takes the timer and the listener back. */
  clear(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}

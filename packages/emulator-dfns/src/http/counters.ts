/** What has happened on the wire since the start or the last reset. */
export interface CounterValues {
  readonly requests: number;
  /** By operation of the endpoint table; `other` for no match. */
  readonly byOperation: Readonly<Record<string, number>>;
  /** By status answered. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly connectionsOpened: number;
  readonly inFlight: number;
  /** The most requests that were in flight at once. */
  readonly inFlightHighWaterMark: number;
}

/** Counts requests, answers and connections. */
export class Counters {
  #requests = 0;
  #byOperation = new Map<string, number>();
  #byStatus = new Map<string, number>();
  #connectionsOpened = 0;
  #inFlight = 0;
  #highWaterMark = 0;

  connectionOpened(): void {
    this.#connectionsOpened++;
  }

  requestStarted(operation: string | undefined): void {
    this.#requests++;
    increment(this.#byOperation, operation ?? "other");
    this.#inFlight++;
    this.#highWaterMark = Math.max(this.#highWaterMark, this.#inFlight);
  }

  requestEnded(status: number | undefined): void {
    this.#inFlight--;
    if (status !== undefined) increment(this.#byStatus, String(status));
  }

  values(): CounterValues {
    return {
      requests: this.#requests,
      byOperation: Object.fromEntries(this.#byOperation),
      byStatus: Object.fromEntries(this.#byStatus),
      connectionsOpened: this.#connectionsOpened,
      inFlight: this.#inFlight,
      inFlightHighWaterMark: this.#highWaterMark,
    };
  }

  /** Back to zero; what is in flight stays counted. */
  reset(): void {
    this.#requests = 0;
    this.#byOperation = new Map();
    this.#byStatus = new Map();
    this.#connectionsOpened = 0;
    this.#highWaterMark = this.#inFlight;
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

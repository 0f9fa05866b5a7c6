/** What the emulator saw on its sockets: counters and a record per request, without bodies or secrets. */

/** One request. */
export interface RequestRecord {
  /** Counts from 1. */
  readonly sequence: number;
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly secure: boolean;
  /** Status on the wire; absent while in flight and when the connection broke without an answer. */
  readonly status?: number;
  /** What went wrong inside the emulator, which then answered 500: a defect of the emulator. */
  readonly defect?: string;
  /** Kinds of the faults that hit it. */
  readonly faults: readonly string[];
  /** Requests in flight when this one arrived, itself included. */
  readonly inFlight: number;
}

/** Counters since the start or the last {@link RequestLog.reset}. */
export interface RequestCounters {
  /** TCP connections accepted. */
  readonly connections: number;
  /** TLS handshakes. */
  readonly handshakes: number;
  /** TLS handshakes that resumed an earlier session. */
  readonly resumptions: number;
  readonly requests: number;
  /** Requests whose head has arrived and whose answer has not left. */
  readonly inFlight: number;
  /** Highest number ever in flight. */
  readonly inFlightHighWater: number;
  /** Milliseconds of real time in which the device had a connection: from its beginning to its end, handshake included. */
  readonly busyMilliseconds: number;
  /** Requests by `METHOD /path`. */
  readonly byEndpoint: Readonly<Record<string, number>>;
}

/** How the service reports on one request. */
export interface RequestTrace {
  /** These faults hit it. */
  faulted(kinds: readonly string[]): void;
  /** The emulator itself failed. */
  failed(error: unknown): void;
  /** It ended, with the status it was answered with, if any. */
  end(status?: number): void;
}

/** Records kept; the oldest is dropped beyond that, the counters go on. */
const RECORD_LIMIT = 10_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The log of one emulator. */
export class RequestLog {
  #records: Mutable<RequestRecord>[] = [];
  #sequence = 0;
  #connections = 0;
  #handshakes = 0;
  #resumptions = 0;
  #requests = 0;
  #inFlight = 0;
  #highWater = 0;
  #open = 0;
  #busy = 0;
  #busySince = 0;
  readonly #byEndpoint = new Map<string, number>();

  /** Requests in the order of their arrival. */
  get entries(): readonly RequestRecord[] {
    return this.#records.map((record) => ({ ...record }));
  }

  /** The counters at this moment. */
  get counters(): RequestCounters {
    return {
      connections: this.#connections,
      handshakes: this.#handshakes,
      resumptions: this.#resumptions,
      requests: this.#requests,
      inFlight: this.#inFlight,
      inFlightHighWater: this.#highWater,
      busyMilliseconds: this.#busy + (this.#open === 0 ? 0 : performance.now() - this.#busySince),
      byEndpoint: Object.fromEntries(this.#byEndpoint),
    };
  }

  /** How many requests were made to an endpoint; a trailing `*` counts every path that begins so. */
  count(method: string, path: string): number {
    const prefix = path.endsWith("*") ? `${method} ${path.slice(0, -1)}` : undefined;
    if (prefix === undefined) return this.#byEndpoint.get(`${method} ${path}`) ?? 0;
    let sum = 0;
    for (const [endpoint, number] of this.#byEndpoint) if (endpoint.startsWith(prefix)) sum += number;
    return sum;
  }

  /** Forgets records and counters; what is in flight stays counted. */
  reset(): void {
    this.#records = [];
    this.#connections = this.#handshakes = this.#resumptions = this.#requests = 0;
    this.#highWater = this.#inFlight;
    this.#busy = 0;
    this.#busySince = performance.now();
    this.#byEndpoint.clear();
  }

  /** @internal */
  connected(): void {
    this.#connections += 1;
    if (this.#open === 0) this.#busySince = performance.now();
    this.#open += 1;
  }

  /** @internal */
  disconnected(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#busy += performance.now() - this.#busySince;
  }

  /** @internal */
  handshake(resumed: boolean): void {
    this.#handshakes += 1;
    if (resumed) this.#resumptions += 1;
  }

  /** @internal A request arrived. The returned function ends it, with the status it was answered with. */
  begin(method: string, path: string, secure: boolean): RequestTrace {
    this.#requests += 1;
    this.#inFlight += 1;
    this.#highWater = Math.max(this.#highWater, this.#inFlight);
    const endpoint = `${method} ${path}`;
    this.#byEndpoint.set(endpoint, (this.#byEndpoint.get(endpoint) ?? 0) + 1);
    const record: Mutable<RequestRecord> = {
      sequence: (this.#sequence += 1),
      method,
      path,
      secure,
      faults: [],
      inFlight: this.#inFlight,
    };
    this.#records.push(record);
    if (this.#records.length > RECORD_LIMIT) this.#records.shift();
    let ended = false;
    return {
      faulted(kinds) {
        record.faults = kinds;
      },
      failed(error) {
        record.defect = error instanceof Error ? `${error.name}: ${error.message}` : "not an error";
      },
      end: (status) => {
        if (ended) return;
        ended = true;
        this.#inFlight -= 1;
        if (status !== undefined) record.status = status;
      },
    };
  }
}

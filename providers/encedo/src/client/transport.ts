/** One request to the device: when it is its turn, on a connection of its own, with an explicit length. */

import { KeyrailError } from "@keyrail/core";
import { createHttpClient, type HttpClient, type HttpResponse, type TlsTrust } from "@keyrail/http";
import { PROVIDER } from "../errors.ts";
import { DeviceQueue } from "./device-turns.ts";
import { type CallLimits, remaining, type Timing } from "./limits.ts";

/** Largest JSON body the device reads; one byte more is 413 and a closed connection (section 1, "Body limits"). */
export const MAXIMUM_BODY_BYTES = 7300;
/** Far above the largest answer, an ML-DSA-87 signature of 6,172 characters or a page of 15 records. */
const MAXIMUM_RESPONSE_BYTES = 65_536;

/** How to reach the device. */
export interface TransportOptions {
  /** `https://host[:port]`. */
  readonly origin: string;
  readonly tls?: TlsTrust;
  /** Milliseconds a request may take that names no time of its own. */
  readonly timeout: number;
  /** Milliseconds between two requests. */
  readonly pacing: number;
  readonly timing: Timing;
}

/** One request. */
export interface DeviceRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** From `/api` on. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly bearer?: string;
  /** In a word or two, for errors. */
  readonly operation: string;
  readonly mutates: boolean;
  /** Milliseconds, where the device is slower than usual. */
  readonly timeout?: number;
  readonly limits: CallLimits;
  /** Asked when the turn has come: false leaves the request unsent. */
  readonly stillWanted?: () => boolean;
  /** Told of the answer before the next request in the queue has its turn. */
  readonly onStatus?: (status: number) => void;
}

/** The way to one device. */
export class DeviceTransport {
  readonly #client: HttpClient;
  readonly #queue: DeviceQueue;
  readonly #options: TransportOptions;

  private constructor(client: HttpClient, queue: DeviceQueue, options: TransportOptions) {
    this.#client = client;
    this.#queue = queue;
    this.#options = options;
  }

  static async open(options: TransportOptions): Promise<DeviceTransport> {
    const client = await createHttpClient({
      provider: PROVIDER,
      origin: options.origin,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      // The queue lets one request through at a time; a second connection only bridges the closing of the first.
      connections: 2,
      connectionPerRequest: true,
      timeout: options.timeout,
      maximumResponseBytes: MAXIMUM_RESPONSE_BYTES,
    });
    return new DeviceTransport(client, await DeviceQueue.join(options.origin, options.pacing), options);
  }

  /** Says which device this is, so that its turn is shared with clients that reach it by another name. */
  identify(eid: string): void {
    this.#queue.identify(eid);
  }

  /**
   * Sends once and gives any status; undefined when the request was no longer wanted when its turn came.
   *
   * @throws what `HttpClient.request` throws; `LimitExceeded` for a body over 7,300 bytes, before anything is sent.
   */
  async send(request: DeviceRequest & { readonly stillWanted: () => boolean }): Promise<HttpResponse | undefined>;
  async send(request: DeviceRequest): Promise<HttpResponse>;
  async send(request: DeviceRequest): Promise<HttpResponse | undefined> {
    const { method, path, bearer, operation, mutates, limits } = request;
    const body = request.body === undefined ? undefined : encodeBody(request.body, operation);
    return this.#queue.run(async () => {
      if (request.stillWanted?.() === false) return undefined;
      const response = await this.#client.request({
        method,
        path,
        operation,
        mutates,
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        },
        ...(body === undefined ? {} : { body }),
        ...(limits.signal === undefined ? {} : { signal: limits.signal }),
        timeout: remaining(limits, request.timeout ?? this.#options.timeout, this.#options.timing),
      });
      request.onStatus?.(response.status);
      return response;
    }, limits.signal);
  }

  /** Ends requests in flight and gives the place in the queue up. */
  async close(): Promise<void> {
    this.#queue.close();
    await this.#client.close();
  }
}

function encodeBody(value: unknown, operation: string): string {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  const actual = Buffer.byteLength(body);
  if (actual <= MAXIMUM_BODY_BYTES) return body;
  throw new KeyrailError(
    "LimitExceeded",
    `The device reads requests of at most ${MAXIMUM_BODY_BYTES} bytes; to ${operation} takes ${actual}.`,
    { limit: "request", maximum: MAXIMUM_BODY_BYTES, actual },
  );
}

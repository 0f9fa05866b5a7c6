/** One authenticated request, paced; the status and the parsed body come back whatever they are. */

import { KeyrailError } from "@keyrail/core";
import type { HttpClient, HttpRequest, HttpResponse } from "@keyrail/http";
import { PROVIDER_NAME } from "../mapping.ts";
import type { CallBudget } from "./call-budget.ts";
import type { RequestPacer } from "./request-pacer.ts";

/** One request, without what every request has. */
export interface ApiRequest {
  readonly method: HttpRequest["method"];
  /** Path with query, percent-encoded. */
  readonly path: string;
  /** JSON text, sent exactly so. */
  readonly body?: string | undefined;
  /** One-time token of a user action. */
  readonly userAction?: string;
  /** In a word or two, for errors. */
  readonly operation: string;
  readonly mutates: boolean;
}

/** An answer. `json` is undefined when the body is not JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** What the transport is made of. */
export interface TransportOptions {
  readonly http: HttpClient;
  readonly pacer: RequestPacer;
  /** Milliseconds for one request. */
  readonly timeout: number;
  /** Milliseconds one port call may spend waiting because of 429 answers. */
  readonly maximumRateLimitWait: number;
}

const DEFAULT_RETRY_AFTER = 1000;
/** The shortest wait after a 429, doubled with each one more: an answer that says "at once" must not make a storm. */
const SHORTEST_WAIT = 10;

/** Sends requests. */
export class Transport {
  readonly #options: TransportOptions;
  #lastAuthorization: { readonly accessToken: string; readonly value: string } | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /**
   * Sends. A 429 is waited out and the request sent again, since the service has not acted on it (dfns.md, section 10).
   * @throws KeyrailError those of the HTTP client, and `RateLimited` when the wait would be too long.
   */
  async send(request: ApiRequest, accessToken: string, call: CallBudget): Promise<ApiAnswer> {
    const { http, pacer, timeout, maximumRateLimitWait } = this.#options;
    const headers = headersOf(request, this.#authorization(accessToken));
    let waited = 0;
    for (let tries = 0; ; tries++) {
      const turn = pacer.take(call);
      if (turn !== undefined) await turn;
      call.check();
      const { remaining, signal } = call;
      const response = await http.request({
        method: request.method,
        path: request.path,
        headers,
        body: request.body,
        signal,
        timeout: remaining === undefined ? timeout : Math.max(1, Math.min(timeout, Math.ceil(remaining))),
        operation: request.operation,
        mutates: request.mutates,
      });
      if (response.status !== 429) return { status: response.status, json: parseJson(response.body) };
      const wait = Math.max(retryAfter(response), SHORTEST_WAIT * 2 ** Math.min(tries, 10));
      waited += wait;
      const { remaining: left } = call;
      if (waited > maximumRateLimitWait || (left !== undefined && wait >= left)) throw rateLimited(request, wait);
      pacer.pause(wait);
    }
  }

  /** The header's value, made once for each token. */
  #authorization(accessToken: string): string {
    if (this.#lastAuthorization?.accessToken !== accessToken) {
      this.#lastAuthorization = { accessToken, value: `Bearer ${accessToken}` };
    }
    return this.#lastAuthorization.value;
  }

  /** Closes every connection. */
  close(): Promise<void> {
    return this.#options.http.close();
  }
}

function headersOf(request: ApiRequest, authorization: string): Readonly<Record<string, string>> {
  if (request.body === undefined) {
    return request.userAction === undefined
      ? { authorization }
      : { authorization, "x-dfns-useraction": request.userAction };
  }
  return request.userAction === undefined
    ? { authorization, "content-type": "application/json" }
    : { authorization, "content-type": "application/json", "x-dfns-useraction": request.userAction };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: whoever reads it says so with the status, never with the text.
    return undefined;
  }
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter({ headers }: HttpResponse): number {
  const text = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? DEFAULT_RETRY_AFTER : Math.max(0, date - Date.now());
}

function rateLimited({ operation }: ApiRequest, wait: number): KeyrailError<"RateLimited"> {
  return new KeyrailError(
    "RateLimited",
    `Dfns allows no further request now; ${operation} was not done. Wait ${wait} ms.`,
    { provider: PROVIDER_NAME },
    { retry: { after: wait } },
  );
}

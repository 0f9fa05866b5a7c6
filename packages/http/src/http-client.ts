/**
 * The one HTTP client every remote adapter uses: undici, with the rules that hold for all vendors built in. TLS is
 * always verified, redirects are never followed, every request has a deadline and every answer a size limit, nothing is
 * ever repeated here, and each failure says whether the provider may have acted on the request.
 */

import { KeyrailError } from "@keyrail/core";
import { classifyFailure } from "./classify-failure.ts";
import { Connections } from "./connections.ts";
import { Connector } from "./connector.ts";
import { Exchange } from "./exchange.ts";
import { checkAuthorities, type TlsTrust } from "./tls-trust.ts";

/** How to reach one host. */
export interface HttpClientOptions {
  /** The provider's name, for errors. */
  readonly provider: string;
  /** `https://host[:port]`; anything else is refused. */
  readonly origin: string;
  readonly tls?: TlsTrust;
  /** Connections at most. Must not be below the number of requests in flight, or they queue. Default 32. */
  readonly connections?: number;
  /** How long an idle connection is kept, milliseconds. Default 60,000. Ignored with `connectionPerRequest`. */
  readonly keepAliveTimeout?: number;
  /** For hosts that close each connection: a new one per request, with TLS session resumption. Default false. */
  readonly connectionPerRequest?: boolean;
  /** Deadline of a request that names none, milliseconds. Default 30,000. */
  readonly timeout?: number;
  /** Largest body of an answer, bytes. Default 1 MiB. */
  readonly maximumResponseBytes?: number;
}

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path with query, as it goes on the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent whole with an explicit `Content-Length`, never as a stream. */
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole request: connecting, sending, and reading the answer to its end. */
  readonly timeout?: number;
  /** For errors: what this request is for, in a word or two ("create key"). */
  readonly operation: string;
  /** Whether the request may change something: a lost answer is then `UnknownOutcome`. */
  readonly mutates: boolean;
}

/** An answer, read whole. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; the last value of a repeated header. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A client of one host. */
export interface HttpClient {
  /**
   * Sends once, and gives whatever status comes back.
   *
   * Rejects with `ConnectionFailed` (nothing was sent, or the request changes nothing), `UnknownOutcome` (a changing
   * request was sent and its answer lost), `DeadlineExceeded`, `Aborted`, `UnexpectedResponse` (redirect, body over the
   * limit), `IdentityMismatch` (not the pinned certificate).
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Closes every connection; requests in flight are ended. */
  close(): Promise<void>;
}

const MEBIBYTE = 1_048_576;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_KEEP_ALIVE = 60_000;

/**
 * Makes a client. undici is loaded with the first one, so that a service that needs none does not pay for it.
 *
 * @throws KeyrailError `InvalidConfiguration` for an address that is no https origin, or authorities that are none.
 */
export async function createHttpClient(options: HttpClientOptions): Promise<HttpClient> {
  const origin = checkedOrigin(options.origin);
  checkAuthorities(options.tls?.ca);
  const { Client } = await import("undici");
  const connector = new Connector(options.provider, options.tls, options.timeout ?? DEFAULT_TIMEOUT);
  const settings = {
    pipelining: 1,
    keepAliveTimeout: options.keepAliveTimeout ?? DEFAULT_KEEP_ALIVE,
    keepAliveMaxTimeout: Math.max(options.keepAliveTimeout ?? DEFAULT_KEEP_ALIVE, 600_000),
    maxResponseSize: options.maximumResponseBytes ?? MEBIBYTE,
    connect: connector.connect,
  };
  const connections = new Connections(() => new Client(origin, settings), options.connections ?? 32);
  return {
    request: (request) => send(connections, connector, request, options),
    close: () => connections.close(),
  };
}

function send(
  connections: Connections,
  connector: Connector,
  request: HttpRequest,
  options: HttpClientOptions,
): Promise<HttpResponse> {
  const { provider } = options;
  const timeoutMs = request.timeout ?? options.timeout ?? DEFAULT_TIMEOUT;
  if (request.signal?.aborted === true) {
    return Promise.reject(classifyFailure(request.signal.reason, request, { provider, timeoutMs, notSent: true }));
  }
  const exchange = new Exchange(request, { provider, timeoutMs, connector });
  connections.begin(exchange, {
    method: request.method,
    path: request.path,
    headers: request.headers ?? null,
    body: request.body ?? null,
    reset: options.connectionPerRequest === true,
    // The exchange has the one deadline.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return exchange.answer;
}

function checkedOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.href === `${url.origin}/` && url.protocol === "https:") return url.origin;
  // The text is not repeated: what somebody put into a URL may be a password.
  throw new KeyrailError(
    "InvalidConfiguration",
    "The address of the service must be an https origin of the form https://host[:port], without path, query or user name.",
    { path: "origin" },
  );
}

/** The HTTPS server: reads requests, lets the fault plan act, hands the rest to the dispatcher, records and counts. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import type { Socket } from "node:net";
import { errorBody } from "../api-error.ts";
import type { BearerCheck } from "../auth/bearer.ts";
import type { Clock } from "../clock.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import { type FaultAction, type FaultEffects, noEffects } from "../faults/fault.ts";
import type { ServerCertificate } from "../tls/certificate.ts";
import type { Counters } from "./counters.ts";
import { type Dispatcher, type Reply, reply } from "./dispatcher.ts";
import { closeServer, listenOnLoopback } from "./loopback.ts";
import { Outbox } from "./outbox.ts";
import { readBody } from "./request-body.ts";
import type { RecordedRequest, RequestLog } from "./request-log.ts";
import type { RouteMatch, Router } from "./router.ts";

export interface ApiServerParts {
  readonly certificate: ServerCertificate;
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly bearer: BearerCheck;
  readonly faults: FaultPlan;
  readonly requests: RequestLog;
  readonly counters: Counters;
  readonly clock: Clock;
}

/** Actions that decide how the exchange ends. */
type Ending = Extract<FaultAction, { kind: "drop" | "reset" | "close-mid-body" | "status" | "respond" }>;

/** One request, read whole, and where its answer goes. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly match: RouteMatch | undefined;
  /** The body. */
  readonly text: string;
}

export class ApiServer {
  readonly #parts: ApiServerParts;
  readonly #server: Server;
  /** Running delays of the fault plan. */
  readonly #delays = new Set<NodeJS.Timeout>();
  /** The TCP sockets below the TLS ones, by client port: only they can send a reset. */
  readonly #transports = new Map<number, Socket>();
  readonly #outbox = new Outbox();
  readonly #connectionNumbers = new WeakMap<object, number>();
  #connections = 0;

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
    const { certificatePem, privateKeyPem } = parts.certificate;
    this.#server = createServer({
      cert: certificatePem,
      key: privateKeyPem,
      minVersion: "TLSv1.2",
      keepAliveTimeout: 65_000,
    });
    this.#server.on("connection", (socket: Socket) => this.#track(socket));
    this.#server.on("secureConnection", (socket) => {
      this.#connectionNumbers.set(socket, ++this.#connections);
      parts.counters.connectionOpened();
    });
    this.#server.on("request", (request, response) => this.#serve(request, response));
  }

  /** Listens on 127.0.0.1; returns the port. */
  listen(port: number): Promise<number> {
    return listenOnLoopback(this.#server, port);
  }

  /** Ends every connection and stops. */
  async close(): Promise<void> {
    for (const delay of this.#delays) clearTimeout(delay);
    this.#delays.clear();
    const closed = closeServer(this.#server);
    for (const socket of this.#transports.values()) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    const { remotePort } = socket;
    socket.setNoDelay(true);
    if (remotePort === undefined) return;
    this.#transports.set(remotePort, socket);
    socket.once("close", () => {
      if (this.#transports.get(remotePort) === socket) this.#transports.delete(remotePort);
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { router, counters } = this.#parts;
    const method = request.method ?? "GET";
    const [path, query = ""] = splitOnce(request.url ?? "/", "?");
    const match = router.match(method, path);
    counters.requestStarted(match?.route.operation);
    response.once("close", () => counters.requestEnded(response.headersSent ? response.statusCode : undefined));
    readBody(request, (body) => {
      if (body === "broken") return;
      const exchange: Exchange = { request, response, method, path, query, match, text: "" };
      if (body === "too long")
        this.#send(exchange, this.#log(exchange), reply(413, errorBody(413, "Payload Too Large")));
      else this.#answer({ ...exchange, text: body.text });
    });
  }

  #log({ request, method, path, query, match, text }: Exchange): RecordedRequest | undefined {
    const { requests, clock } = this.#parts;
    if (!requests.keeps) return undefined;
    return requests.add({
      time: clock.now(),
      connection: this.#connectionNumbers.get(request.socket) ?? 0,
      method,
      path,
      query,
      operation: match?.route.operation,
      headers: request.headers,
      body: text,
    });
  }

  /** Answers at once when the fault plan has nothing for the request. */
  #answer(exchange: Exchange): void {
    const { method, path, match, request } = exchange;
    const entry = this.#log(exchange);
    const actions = this.#parts.faults.take({
      method,
      path,
      pattern: match?.route.path,
      operation: match?.route.operation,
    });
    if (actions.length === 0) {
      this.#send(exchange, entry, this.#handle(exchange, noEffects));
      return;
    }
    this.#answerWithFaults(exchange, entry, actions).catch(() => request.socket.destroy());
  }

  #handle({ request, method, path, query, text, match }: Exchange, effects: FaultEffects): Reply {
    return this.#parts.dispatcher.handle({
      method,
      path,
      query,
      body: text,
      match,
      effects,
      authorization: request.headers.authorization,
      userAction: single(request.headers["x-dfns-useraction"]),
    });
  }

  /** Waits, expires what is to expire, and ends the exchange as the first action that decides it says. */
  async #answerWithFaults(
    exchange: Exchange,
    entry: RecordedRequest | undefined,
    actions: readonly FaultAction[],
  ): Promise<void> {
    let effects = noEffects;
    let ending: Ending | undefined;
    for (const action of actions) {
      switch (action.kind) {
        case "delay":
          await this.#delay(action.milliseconds);
          break;
        case "expire-token": {
          const token = this.#parts.bearer.tokenOf(exchange.request.headers.authorization);
          if (token !== undefined) token.expiresAt = this.#parts.clock.now();
          break;
        }
        case "expire-user-action":
          effects = { ...effects, expireUserAction: true };
          break;
        case "executing":
          effects = { ...effects, executingPolls: action.polls };
          break;
        case "approval":
          effects = { ...effects, approval: action };
          break;
        default:
          ending ??= action;
      }
    }
    const handle = (): Reply => this.#handle(exchange, effects);
    if (ending === undefined) this.#send(exchange, entry, handle());
    else this.#end(ending, exchange, entry, handle);
  }

  /** Never ends once the server is closed: its connections are gone by then. */
  #delay(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#delays.delete(timer);
        resolve();
      }, milliseconds);
      this.#delays.add(timer);
    });
  }

  #end(ending: Ending, exchange: Exchange, entry: RecordedRequest | undefined, handle: () => Reply): void {
    const { request, response } = exchange;
    switch (ending.kind) {
      case "drop":
        if (ending.when === "after") handle();
        request.socket.destroy();
        return;
      case "reset":
        if (ending.when === "after") handle();
        this.#reset(request);
        return;
      case "close-mid-body": {
        const { status, headers, body } = handle();
        const bytes = Buffer.from(body);
        if (entry !== undefined) entry.status = status;
        response.writeHead(status, { "content-type": "application/json", ...headers, "content-length": bytes.length });
        response.flushHeaders();
        response.write(bytes.subarray(0, ending.bytes), () => request.socket.destroy());
        return;
      }
      case "status": {
        const { status, message = statusMessage(status), retryAfterSeconds } = ending;
        const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
        this.#send(exchange, entry, reply(status, errorBody(status, message), headers));
        return;
      }
      case "respond": {
        if (ending.when === "after") handle();
        if (entry !== undefined) entry.status = ending.status;
        this.#outbox.add(() => {
          response.writeHead(ending.status, { "content-type": "application/json", ...ending.headers });
          response.end(Buffer.from(ending.bodyBase64, "base64"));
        });
      }
    }
  }

  /** RST instead of FIN. */
  #reset(request: IncomingMessage): void {
    const transport = this.#transports.get(request.socket.remotePort ?? 0);
    if (transport === undefined) request.socket.destroy();
    else transport.resetAndDestroy();
  }

  #send({ response }: Exchange, entry: RecordedRequest | undefined, { status, headers, body }: Reply): void {
    if (entry !== undefined) entry.status = status;
    this.#outbox.add(() => {
      const length = Buffer.byteLength(body);
      response.writeHead(
        status,
        headers === undefined
          ? { "content-type": "application/json", "content-length": length }
          : { "content-type": "application/json", ...headers, "content-length": length },
      );
      response.end(body);
    });
  }
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}

function statusMessage(status: number): string {
  return { 409: "Conflict", 429: "Too Many Requests", 500: "Internal Server Error" }[status] ?? "Error";
}

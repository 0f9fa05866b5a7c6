/** The HTTPS server: reads requests, lets the fault plan act, hands the rest to the dispatcher, records and counts. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { errorBody } from "../api-error.ts";
import type { BearerCheck } from "../auth/bearer.ts";
import type { Clock } from "../clock.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import { type FaultAction, type FaultEffects, noEffects } from "../faults/fault.ts";
import type { ServerCertificate } from "../tls/certificate.ts";
import type { Counters } from "./counters.ts";
import { type Dispatcher, type Reply, reply } from "./dispatcher.ts";
import { closeServer, listenOnLoopback } from "./loopback.ts";
import { readBody } from "./request-body.ts";
import type { RecordedRequest, RequestLog } from "./request-log.ts";
import type { Router } from "./router.ts";

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

export class ApiServer {
  readonly #parts: ApiServerParts;
  readonly #server: Server;
  readonly #stop = new AbortController();
  /** The TCP sockets below the TLS ones, by client port: only they can send a reset. */
  readonly #transports = new Map<number, Socket>();
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
    this.#server.on("request", (request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  /** Listens on 127.0.0.1; returns the port. */
  listen(port: number): Promise<number> {
    return listenOnLoopback(this.#server, port);
  }

  /** Ends every connection and stops. */
  async close(): Promise<void> {
    this.#stop.abort();
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

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { router, faults, requests, counters, clock } = this.#parts;
    const method = request.method ?? "GET";
    const [path, query = ""] = splitOnce(request.url ?? "/", "?");
    const match = router.match(method, path);
    const operation = match?.route.operation;
    counters.requestStarted(operation);
    response.once("close", () => counters.requestEnded(response.headersSent ? response.statusCode : undefined));
    const body = await readBody(request);
    if (body === "broken") return;
    const connection = this.#connectionNumbers.get(request.socket) ?? 0;
    const text = body === "too long" ? "" : body.text;
    const entry = requests.add({
      time: clock.now(),
      connection,
      method,
      path,
      query,
      operation,
      headers: request.headers,
      body: text,
    });
    if (body === "too long") return this.#send(response, entry, reply(413, errorBody(413, "Payload Too Large")));
    const actions = faults.take({ method, path, pattern: match?.route.path, operation });
    const { effects, ending } = await this.#applyFaults(actions, request.headers.authorization);
    const handle = (): Reply =>
      this.#parts.dispatcher.handle({
        method,
        path,
        query,
        body: text,
        match,
        effects,
        authorization: request.headers.authorization,
        userAction: single(request.headers["x-dfns-useraction"]),
      });
    if (ending === undefined) this.#send(response, entry, handle());
    else this.#end(ending, request, response, entry, handle);
  }

  /** Waits, expires what is to expire, and finds the first action that ends the exchange. */
  async #applyFaults(
    actions: readonly FaultAction[],
    authorization: string | undefined,
  ): Promise<{ effects: FaultEffects; ending: Ending | undefined }> {
    let effects = noEffects;
    let ending: Ending | undefined;
    for (const action of actions) {
      switch (action.kind) {
        case "delay":
          await wait(action.milliseconds, undefined, { signal: this.#stop.signal });
          break;
        case "expire-token": {
          const token = this.#parts.bearer.tokenOf(authorization);
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
    return { effects, ending };
  }

  #end(
    ending: Ending,
    request: IncomingMessage,
    response: ServerResponse,
    entry: RecordedRequest,
    handle: () => Reply,
  ): void {
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
        entry.status = status;
        response.writeHead(status, { "content-type": "application/json", ...headers, "content-length": bytes.length });
        response.flushHeaders();
        response.write(bytes.subarray(0, ending.bytes), () => request.socket.destroy());
        return;
      }
      case "status": {
        const { status, message = statusMessage(status), retryAfterSeconds } = ending;
        const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
        this.#send(response, entry, reply(status, errorBody(status, message), headers));
        return;
      }
      case "respond": {
        if (ending.when === "after") handle();
        entry.status = ending.status;
        response.writeHead(ending.status, { "content-type": "application/json", ...ending.headers });
        response.end(Buffer.from(ending.bodyBase64, "base64"));
      }
    }
  }

  /** RST instead of FIN. */
  #reset(request: IncomingMessage): void {
    const transport = this.#transports.get(request.socket.remotePort ?? 0);
    if (transport === undefined) request.socket.destroy();
    else transport.resetAndDestroy();
  }

  #send(response: ServerResponse, entry: RecordedRequest, { status, headers, body }: Reply): void {
    entry.status = status;
    response.writeHead(status, {
      "content-type": "application/json",
      ...headers,
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
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

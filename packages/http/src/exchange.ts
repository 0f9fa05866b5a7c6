import { KeyrailError, listenForAbort, stopListeningForAbort } from "@keyrail/core";
import type { Dispatcher } from "undici";
import { classifyFailure, DeadlinePassed } from "./classify-failure.ts";
import type { Connector } from "./connector.ts";
import type { HttpRequest, HttpResponse } from "./http-client.ts";

/** Headers as undici gives them. */
type ReceivedHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/** What an exchange is told beside its request. */
export interface ExchangeFacts {
  readonly provider: string;
  readonly timeoutMs: number;
  /** Tells whether a failure came of connecting. */
  readonly connector: Connector;
}

/**
 * One request and its answer, read whole into memory: no stream in between, which costs more than the request. Ends at
 * its deadline or when the caller aborts, at once, also while undici still waits for a connection.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** The answer, or a `KeyrailError` that says why there is none. */
  readonly answer: Promise<HttpResponse>;
  readonly #request: HttpRequest;
  readonly #facts: ExchangeFacts;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: (() => void) | undefined;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #release: (() => void) | undefined;
  #onSettled: (() => void) | undefined;
  #stopped: Error | undefined;
  #settled = false;
  #status = 0;
  #headers: ReceivedHeaders = {};

  constructor(request: HttpRequest, facts: ExchangeFacts) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#request = request;
    this.#facts = facts;
    this.#timer = setTimeout(
      () => this.#stop(new DeadlinePassed("The deadline of the request passed.")),
      facts.timeoutMs,
    );
    if (request.signal !== undefined) {
      this.#onAbort = () => this.#stop(new Error("The caller aborted the request."));
      listenForAbort(request.signal, this.#onAbort);
    }
  }

  /**
   * Starts it; what starting throws is the answer's rejection.
   * @param release called once, when the connection is free for another exchange.
   */
  begin(dispatcher: Dispatcher, options: Dispatcher.DispatchOptions, release: () => void): void {
    this.#release = release;
    try {
      dispatcher.dispatch(options, this);
    } catch (error) {
      this.#fail(error);
      this.#free();
    }
  }

  /** Ends an exchange that was not begun: not a byte was sent. */
  refuse(error: Error): void {
    this.#fail(error);
  }

  /** Calls back when the caller has an answer or has gone, begun or not. */
  whenSettled(callback: () => void): void {
    this.#onSettled = callback;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== undefined) controller.abort(this.#stopped);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ReceivedHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (status < 300 || status >= 400) return;
    const redirect = this.#redirect(status);
    this.#fail(redirect);
    controller.abort(redirect);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle();
    const [first, second] = this.#chunks;
    const body = second === undefined ? first : Buffer.concat(this.#chunks);
    this.#resolve(new WholeResponse(this.#status, this.#headers, body?.toString("utf8") ?? ""));
    this.#free();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
    this.#free();
  }

  /** Frees the caller, then tells undici. */
  #stop(reason: Error): void {
    this.#stopped = reason;
    this.#fail(reason);
    this.#controller?.abort(reason);
  }

  #free(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    const { provider, timeoutMs, connector } = this.#facts;
    // undici gives the controller before it writes the first byte.
    const notSent = this.#controller === undefined || connector.isConnectFailure(error);
    this.#reject(
      error instanceof KeyrailError ? error : classifyFailure(error, this.#request, { provider, timeoutMs, notSent }),
    );
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    const { signal } = this.#request;
    if (signal !== undefined && this.#onAbort !== undefined) stopListeningForAbort(signal, this.#onAbort);
    this.#onSettled?.();
  }

  #redirect(status: number): KeyrailError<"UnexpectedResponse"> {
    const { operation, mutates } = this.#request;
    const doubt = mutates ? "; the provider may have done it" : "";
    return new KeyrailError(
      "UnexpectedResponse",
      `${this.#facts.provider} answered ${operation} with a redirect (${status}); redirects are not followed${doubt}.`,
      { provider: this.#facts.provider, status, reason: "redirect" },
      { retry: mutates ? "unknown-outcome" : "never" },
    );
  }
}

/** The headers are put in order when somebody asks for them: few answers are read for theirs. */
class WholeResponse implements HttpResponse {
  readonly status: number;
  readonly body: string;
  readonly #received: ReceivedHeaders;
  #flat: Readonly<Record<string, string>> | undefined;

  constructor(status: number, received: ReceivedHeaders, body: string) {
    this.status = status;
    this.body = body;
    this.#received = received;
  }

  get headers(): Readonly<Record<string, string>> {
    return (this.#flat ??= flatten(this.#received));
  }
}

function flatten(headers: ReceivedHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) flat[name] = last;
  }
  return flat;
}

import { KeyrailError } from "@keyrail/core";
import type { Dispatcher } from "undici";
import { DeadlinePassed } from "./classify-failure.ts";
import type { HttpRequest, HttpResponse } from "./http-client.ts";

/** Headers as undici gives them. */
type ReceivedHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/**
 * One request and its answer, read whole into memory: no stream in between, which costs more than the request. Ends at
 * its deadline or when the caller aborts, at once, also while undici still waits for a connection.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** The answer, or why there is none. */
  readonly answer: Promise<HttpResponse>;
  readonly #provider: string;
  readonly #request: HttpRequest;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: (() => void) | undefined;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #stopped: Error | undefined;
  #status = 0;
  #headers: ReceivedHeaders = {};

  constructor(request: HttpRequest, provider: string, timeoutMs: number) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#provider = provider;
    this.#request = request;
    this.#timer = setTimeout(() => this.#stop(new DeadlinePassed("The deadline of the request passed.")), timeoutMs);
    if (request.signal !== undefined) {
      this.#onAbort = () => this.#stop(new Error("The caller aborted the request."));
      request.signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  /** Starts it; what starting throws is the answer's rejection. */
  begin(dispatch: () => unknown): void {
    try {
      dispatch();
    } catch (error) {
      this.#fail(error);
    }
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
    this.#resolve({ status: this.#status, headers: flatten(this.#headers), body: body?.toString("utf8") ?? "" });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  /** Frees the caller, then tells undici. */
  #stop(reason: Error): void {
    this.#stopped = reason;
    this.#fail(reason);
    this.#controller?.abort(reason);
  }

  #fail(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#request.signal?.removeEventListener("abort", this.#onAbort);
  }

  #redirect(status: number): KeyrailError<"UnexpectedResponse"> {
    const { operation, mutates } = this.#request;
    const doubt = mutates ? "; the provider may have done it" : "";
    return new KeyrailError(
      "UnexpectedResponse",
      `${this.#provider} answered ${operation} with a redirect (${status}); redirects are not followed${doubt}.`,
      { provider: this.#provider, status, reason: "redirect" },
      { retry: mutates ? "unknown-outcome" : "never" },
    );
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

/** One request and its answer on a socket of the device. */

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as startTimer } from "node:timers";

/** Milliseconds after an answer at which a connection is destroyed that the client leaves half open. */
const LINGER = 2000;

/** A request as it stands on the socket. */
export class Exchange {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly secure: boolean;
  /** Aborted when the connection is gone. */
  readonly closed: AbortSignal;
  readonly #message: IncomingMessage;
  readonly #socket: Socket;
  readonly #transport: Socket;

  /** @param transport the TCP socket below a TLS socket; the same as `socket` without TLS. */
  constructor(message: IncomingMessage, socket: Socket, transport: Socket, secure: boolean) {
    this.#message = message;
    this.#socket = socket;
    this.#transport = transport;
    this.secure = secure;
    this.method = message.method ?? "";
    this.path = (message.url ?? "").split(/[?#]/, 1)[0] ?? "";
    this.headers = Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
    );
    const gone = new AbortController();
    this.closed = gone.signal;
    if (socket.destroyed) gone.abort();
    else socket.once("close", () => gone.abort());
    socket.on("error", () => gone.abort());
  }

  /** Tells a client that waits for it to send the body. */
  sendContinue(): void {
    this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n");
  }

  /**
   * The whole body.
   *
   * @returns `undefined` when it is longer than `limit` bytes, or the connection broke.
   */
  async readBody(limit: number): Promise<Uint8Array | undefined> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of this.#message as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > limit) return undefined;
        chunks.push(chunk);
      }
    } catch {
      // The client went away in the middle of its body: nobody to answer.
      return undefined;
    }
    return new Uint8Array(Buffer.concat(chunks));
  }

  /** Writes the bytes and closes the connection in good order, as the device does after each answer. */
  async finish(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#message.resume();
    const timer = startTimer(() => this.#socket.destroy(), LINGER);
    timer.unref();
    this.#socket.once("close", () => clearTimeout(timer));
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#socket.end(bytes, () => resolve());
    });
  }

  /** Writes the bytes, then breaks the connection: with a TCP reset, or by closing it early. */
  async breakAfter(bytes: Uint8Array, reset: boolean): Promise<void> {
    if (bytes.length > 0 && !this.#socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#socket.once("close", () => resolve());
        this.#socket.write(bytes, () => resolve());
      });
    }
    this.breakOff(reset);
  }

  /** Breaks the connection without another byte. */
  breakOff(reset: boolean): void {
    if (reset) this.#transport.resetAndDestroy();
    this.#socket.destroy();
  }
}

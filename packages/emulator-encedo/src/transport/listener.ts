/** The device's sockets: TLS 1.3 and plain HTTP, one request per connection. */

import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import { Exchange } from "./exchange.ts";

/** Loopback: the emulator is never reachable from another machine. */
export const LOOPBACK: string = "127.0.0.1";

/** A server certificate with its chain and key, PEM. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** What a listener tells its owner. */
export interface ListenerEvents {
  /** A TCP connection was opened. False refuses it. */
  readonly connected: (secure: boolean) => boolean;
  /** Its connection has ended. */
  readonly disconnected: () => void;
  /** A TLS handshake ended; `resumed` says whether it took up an earlier session. */
  readonly handshake: (resumed: boolean) => void;
  /** A request's head is complete. `waits` says that the client waits for "100 Continue". */
  readonly request: (exchange: Exchange, waits: boolean) => void;
}

/** One listening socket. */
export class Listener {
  readonly #server: Server;
  readonly #secure: boolean;
  readonly #sockets = new Set<Socket>();
  /** TCP socket below each TLS socket, by the client's port: what a reset has to be sent on. */
  readonly #transports = new Map<number, Socket>();

  /** @param identity certificate and key for TLS; plain HTTP without. */
  constructor(identity: ServerIdentity | undefined, events: ListenerEvents) {
    this.#secure = identity !== undefined;
    const options = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, noDelay: true };
    this.#server =
      identity === undefined
        ? createHttpServer(options)
        : createHttpsServer({
            ...options,
            cert: identity.certificate,
            key: identity.key,
            minVersion: "TLSv1.3",
            ALPNProtocols: ["http/1.1"],
          });
    this.#server.on("connection", (socket: Socket) => this.#accept(socket, events));
    this.#server.on("secureConnection", (socket: TLSSocket) => events.handshake(socket.isSessionReused()));
    this.#server.on("request", (message: IncomingMessage) => this.#request(message, events, false));
    this.#server.on("checkContinue", (message: IncomingMessage) => this.#request(message, events, true));
    this.#server.on("clientError", (_error, socket) => {
      if (socket.writable)
        socket.end(
          "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
      else socket.destroy();
    });
  }

  /** Listens on loopback; port 0 takes any free one. Returns the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, LOOPBACK, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("a listening TCP server has a port");
    return address.port;
  }

  /** Breaks every open connection, as a device that goes down does. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops listening and breaks every open connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.breakConnections();
    await closed;
  }

  #accept(socket: Socket, events: ListenerEvents): void {
    this.#sockets.add(socket);
    const port = socket.remotePort;
    if (port !== undefined) this.#transports.set(port, socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      events.disconnected();
      if (port !== undefined) this.#transports.delete(port);
    });
    socket.on("error", () => socket.destroy());
    if (!events.connected(this.#secure)) socket.destroy();
  }

  #request(message: IncomingMessage, events: ListenerEvents, waits: boolean): void {
    const socket = message.socket;
    const transport = this.#transports.get(socket.remotePort ?? -1) ?? socket;
    events.request(new Exchange(message, socket, transport, this.#secure), waits);
  }
}

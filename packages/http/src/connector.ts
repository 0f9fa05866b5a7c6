import { TLSSocket } from "node:tls";
import type { buildConnector } from "undici";

/** What is remembered of the connections to one host. */
export class ConnectionMemory {
  readonly #failures = new WeakSet();
  /** The connector itself holds sessions weakly: after the next garbage collection it would not resume any more. */
  #newestSession: Uint8Array | undefined;

  /** Whether this very error came of connecting: no byte of a request had been written. */
  isConnectFailure(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#failures.has(error);
  }

  /** Whether a TLS session is at hand that the next connection can resume. */
  get hasSession(): boolean {
    return this.#newestSession !== undefined;
  }

  /** Wraps a connector so that this memory sees its failures (name, address, TCP, TLS, certificate) and its sessions. */
  observe(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error !== null) {
          this.#failures.add(error);
          callback(error, null);
          return;
        }
        if (socket instanceof TLSSocket) {
          // With TLS 1.3 the session comes after the handshake.
          socket.on("session", (session) => {
            this.#newestSession = session;
          });
        }
        callback(null, socket);
      });
    };
  }
}

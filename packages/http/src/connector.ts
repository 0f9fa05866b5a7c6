import { isIP } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import type { buildConnector } from "undici";
import { checkCertificate, chainIsChecked, type TlsTrust } from "./tls-trust.ts";

/**
 * Opens the TLS connections to one host: chain, name and dates always verified, or the one certificate that is pinned;
 * HTTP/1.1 only; sessions resumed.
 *
 * The sessions are why this is not undici's own connector: that one holds them weakly, so that the next garbage
 * collection costs a full handshake, and takes them from connections whose certificate was refused. Here a session is
 * kept from an accepted connection only, which is why a resumed one, that shows no certificate, can be accepted.
 */
export class Connector {
  readonly #provider: string;
  readonly #trust: TlsTrust | undefined;
  readonly #timeoutMs: number;
  readonly #failures = new WeakSet();
  /** Made once: reading certificate authorities costs more than a resumed handshake. */
  #context: SecureContext | undefined;
  #session: Buffer | undefined;

  /** @param timeoutMs for TCP and TLS together. */
  constructor(provider: string, trust: TlsTrust | undefined, timeoutMs: number) {
    this.#provider = provider;
    this.#trust = trust;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether this very error came of connecting: no byte of a request had been written. */
  isConnectFailure(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#failures.has(error);
  }

  /** For undici's `connect` option. */
  readonly connect: buildConnector.connector = ({ hostname, port }, callback) => {
    let settled = false;
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    const socket = connectTls({
      host,
      port: port === "" ? 443 : Number(port),
      // Names of servers are not addresses (RFC 6066, section 3).
      ...(isIP(host) === 0 ? { servername: host } : {}),
      secureContext: (this.#context ??= contextOf(this.#trust)),
      ...(this.#session === undefined ? {} : { session: this.#session }),
      // False for a pinned certificate alone; `checkCertificate` then accepts that one and no other.
      rejectUnauthorized: chainIsChecked(this.#trust),
      ALPNProtocols: ["http/1.1"],
    });
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    const fail = (error: Error): void => {
      if (settled) return;
      settled = true;
      // The session may have been the cause: the next connection does a full handshake.
      this.#session = undefined;
      clearTimeout(timer);
      socket.destroy();
      this.#failures.add(error);
      callback(error, null);
    };
    const timer = setTimeout(() => fail(new ConnectTimeout(this.#timeoutMs)), this.#timeoutMs);
    socket.on("error", fail);
    socket.once("close", () => fail(new Error("The connection was closed during the handshake.")));
    socket.once("secureConnect", () => {
      const refusal = this.#refusal(socket);
      if (refusal !== undefined) {
        fail(refusal);
        return;
      }
      settled = true;
      clearTimeout(timer);
      // With TLS 1.3 sessions come after the handshake.
      socket.on("session", (session) => {
        this.#session = session;
      });
      callback(null, socket);
    });
  };

  #refusal(socket: TLSSocket): Error | undefined {
    const pin = this.#trust?.certificateHash;
    return pin === undefined || socket.isSessionReused() ? undefined : checkCertificate(socket, this.#provider, pin);
  }
}

function contextOf(trust: TlsTrust | undefined): SecureContext {
  return createSecureContext(trust?.ca === undefined ? {} : { ca: trust.ca });
}

/** TCP or TLS did not come about in time. */
class ConnectTimeout extends Error {
  override readonly name = "ConnectTimeout";
  readonly code = "ETIMEDOUT";

  constructor(timeoutMs: number) {
    super(`No connection within ${timeoutMs} ms.`);
  }
}

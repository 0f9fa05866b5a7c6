import { createHash, timingSafeEqual } from "node:crypto";
import { TLSSocket } from "node:tls";
import { KeyrailError } from "@keyrail/core";
import type { buildConnector } from "undici";

/** Which certificates are trusted. Without any member: the certificate authorities of the system. */
export interface TlsTrust {
  /** Certificate authorities in PEM, instead of the system's. */
  readonly ca?: string;
  /**
   * SHA-256 of the server's certificate (DER), 32 bytes: no other certificate is accepted, whoever signed it. Alone it
   * is the whole trust: exactly this certificate, also when it has expired, is self-signed or names another host, as
   * with a device reached by its address. Together with `ca` both must hold.
   */
  readonly certificateHash?: Uint8Array;
}

/** Whether the chain, the name and the dates are checked by TLS: always, unless one certificate is pinned instead. */
export function chainIsChecked(trust: TlsTrust | undefined): boolean {
  return trust?.certificateHash === undefined || trust.ca !== undefined;
}

/**
 * Wraps a connector so that the peer's certificate must also have the pinned hash. The handshake has proven by then that
 * the peer holds the certificate's private key; not a byte of HTTP is sent before the check.
 */
export function checkPeer(
  connect: buildConnector.connector,
  provider: string,
  certificateHash: Uint8Array,
): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error !== null) {
        callback(error, null);
        return;
      }
      const actual = socket instanceof TLSSocket ? hashOf(socket) : undefined;
      if (actual !== undefined && matches(actual, certificateHash)) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(
        new KeyrailError(
          "IdentityMismatch",
          `The host of ${provider} does not show the pinned certificate; nothing was sent.`,
          {
            provider,
            expected: Buffer.from(certificateHash).toString("hex"),
            actual: actual?.toString("hex") ?? "no TLS",
          },
        ),
        null,
      );
    });
  };
}

/** Undefined when the peer shows no certificate. */
function hashOf(socket: TLSSocket): Buffer | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? undefined : createHash("sha256").update(certificate.raw).digest();
}

function matches(actual: Uint8Array, expected: Uint8Array): boolean {
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

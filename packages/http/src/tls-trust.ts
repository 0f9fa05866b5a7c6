import { createHash, timingSafeEqual } from "node:crypto";
import { TLSSocket } from "node:tls";
import { KeyrailError } from "@keyrail/core";
import type { buildConnector } from "undici";

/** Which certificates are trusted. Without any member: the certificate authorities of the system. */
export interface TlsTrust {
  /** Certificate authorities in PEM, instead of the system's. */
  readonly ca?: string;
  /** SHA-256 of the server's certificate (DER), 32 bytes: no other certificate is accepted, whoever signed it. */
  readonly certificateHash?: Uint8Array;
}

/**
 * Wraps a connector so that the peer's certificate must also have the pinned hash. The check runs after TLS's own and
 * before a byte of HTTP is sent.
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
      if (socket instanceof TLSSocket && matches(socket, certificateHash)) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(
        new KeyrailError("IdentityMismatch", `The host of ${provider} does not show the pinned certificate.`, {
          provider,
          expected: Buffer.from(certificateHash).toString("hex"),
          actual: socket instanceof TLSSocket ? hashOf(socket).toString("hex") : "no TLS",
        }),
        null,
      );
    });
  };
}

function hashOf(socket: TLSSocket): Buffer {
  const { raw } = socket.getPeerCertificate();
  return createHash("sha256").update(raw).digest();
}

function matches(socket: TLSSocket, expected: Uint8Array): boolean {
  const actual = hashOf(socket);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

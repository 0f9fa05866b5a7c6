import { createHash, timingSafeEqual, X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { KeyrailError } from "@keyrail/core";

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

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/**
 * Checks that `ca` holds certificates. TLS itself would read past anything else, trust nobody, and blame the server.
 *
 * @throws KeyrailError `InvalidConfiguration` when there is no certificate in it, or one that can't be read.
 */
export function checkAuthorities(ca: string | undefined): void {
  if (ca === undefined) return;
  const certificates = ca.match(CERTIFICATE) ?? [];
  if (certificates.length > 0 && certificates.every(isCertificate)) return;
  throw new KeyrailError(
    "InvalidConfiguration",
    "The certificate authorities to trust (tls.ca) must be one or more certificates in PEM (BEGIN CERTIFICATE).",
    { path: "tls.ca" },
  );
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/**
 * Checks the certificate of a full handshake against the pinned hash. The handshake has proven by then that the peer
 * holds the certificate's private key; not a byte of HTTP is sent before.
 *
 * @returns the error when it is another certificate.
 */
export function checkCertificate(
  socket: TLSSocket,
  provider: string,
  expected: Uint8Array,
): KeyrailError<"IdentityMismatch"> | undefined {
  const certificate = socket.getPeerX509Certificate();
  const actual = certificate === undefined ? undefined : createHash("sha256").update(certificate.raw).digest();
  if (actual !== undefined && actual.length === expected.length && timingSafeEqual(actual, expected)) return undefined;
  return new KeyrailError(
    "IdentityMismatch",
    `The host of ${provider} does not show the pinned certificate; nothing was sent.`,
    {
      provider,
      expected: Buffer.from(expected).toString("hex"),
      actual: actual?.toString("hex") ?? "no certificate",
    },
  );
}

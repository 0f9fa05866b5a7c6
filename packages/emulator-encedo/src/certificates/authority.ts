/** A fresh certificate authority and a server certificate for loopback names (RFC 5280). */

import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

import { utf8 } from "../bytes.ts";
import {
  bitString,
  booleanTrue,
  der,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  pem,
  sequence,
  setOf,
  time,
  utf8String,
} from "./der.ts";

const OID = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  subjectAltName: "2.5.29.17",
  subjectKeyIdentifier: "2.5.29.14",
  authorityKeyIdentifier: "2.5.29.35",
} as const;

const DAY = 86_400_000;

/** Certificates of one emulator. */
export interface EmulatorCertificates {
  /** PEM of the authority: what a client pins. */
  readonly caPem: string;
  /** PEM of the server certificate. */
  readonly serverPem: string;
  /** DER of the server certificate. */
  readonly serverDer: Uint8Array;
  /** PKCS#8 PEM of the server key. */
  readonly serverKeyPem: string;
  /** PKCS#8 DER of the server key. */
  readonly serverKeyDer: Uint8Array;
}

/** Makes an authority and a certificate for 127.0.0.1, localhost and the given host names. Valid for a year. */
export function createCertificates(hostNames: readonly string[]): EmulatorCertificates {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const caName = distinguishedName(`Keyrail Encedo emulator CA ${randomBytes(4).toString("hex")}`);
  const caKeyId = keyIdentifier(authority.publicKey);
  const caDer = certificate({
    issuer: caName,
    subject: caName,
    publicKey: authority.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      extension(OID.basicConstraints, true, sequence(booleanTrue())),
      extension(OID.keyUsage, true, bitString(Uint8Array.of(0x06), 1)),
      extension(OID.subjectKeyIdentifier, false, octetString(caKeyId)),
    ],
  });
  const names = [...new Set(["localhost", ...hostNames])].map((name) => der(0x82, utf8(name)));
  const serverDer = certificate({
    issuer: caName,
    subject: distinguishedName(hostNames[0] ?? "localhost"),
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      extension(OID.basicConstraints, true, sequence()),
      extension(OID.keyUsage, true, bitString(Uint8Array.of(0x80), 7)),
      extension(OID.extendedKeyUsage, false, sequence(objectIdentifier(OID.serverAuth))),
      extension(OID.subjectAltName, false, sequence(der(0x87, Uint8Array.of(127, 0, 0, 1)), ...names)),
      extension(OID.subjectKeyIdentifier, false, octetString(keyIdentifier(server.publicKey))),
      extension(OID.authorityKeyIdentifier, false, sequence(der(0x80, caKeyId))),
    ],
  });
  return {
    caPem: pem("CERTIFICATE", caDer),
    serverPem: pem("CERTIFICATE", serverDer),
    serverDer,
    serverKeyPem: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    serverKeyDer: new Uint8Array(server.privateKey.export({ type: "pkcs8", format: "der" })),
  };
}

interface CertificateParts {
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

function certificate(parts: CertificateParts): Uint8Array {
  const algorithm = sequence(objectIdentifier(OID.ecdsaWithSha256));
  const now = Date.now();
  const toBeSigned = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(new Uint8Array(randomBytes(16))),
    algorithm,
    parts.issuer,
    sequence(time(now - DAY), time(now + 365 * DAY)),
    parts.subject,
    spki(parts.publicKey),
    explicit(3, sequence(...parts.extensions)),
  );
  return sequence(toBeSigned, algorithm, bitString(new Uint8Array(sign("sha256", toBeSigned, parts.signingKey))));
}

function distinguishedName(commonName: string): Uint8Array {
  return sequence(setOf(sequence(objectIdentifier(OID.commonName), utf8String(commonName))));
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(oid), ...(critical ? [booleanTrue()] : []), octetString(value));
}

function spki(publicKey: KeyObject): Uint8Array {
  return new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
}

function keyIdentifier(publicKey: KeyObject): Uint8Array {
  return new Uint8Array(createHash("sha1").update(spki(publicKey)).digest());
}

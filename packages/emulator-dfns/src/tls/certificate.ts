/** X.509 v3 certificates (RFC 5280) for the loopback server: a fresh CA and a server certificate at every start. */

import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import {
  TAG,
  derBitString,
  derContext,
  derElement,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSmallInteger,
  derUnsignedInteger,
  encodePem,
} from "@keyrail/core";

/** What the HTTPS server needs, PEM. The CA's private key is forgotten once it has signed. */
export interface ServerCertificate {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

const TAG_BOOLEAN = 0x01;
const TAG_UTF8_STRING = 0x0c;
const TAG_UTC_TIME = 0x17;
const TAG_SET = 0x31;
const DAY_MS = 86_400_000;
const VALID_DAYS = 30;

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
}

/** A certificate for `localhost`, 127.0.0.1 and ::1, valid from yesterday for 30 days, P-256 throughout. */
export function createServerCertificate(): ServerCertificate {
  const caKeys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const serverKeys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const ca: Subject = { name: "Keyrail Dfns emulator CA", publicKey: caKeys.publicKey };
  const server: Subject = { name: "localhost", publicKey: serverKeys.publicKey };
  const caCertificate = issue(ca, ca, caKeys.privateKey, [
    extension(OID.basicConstraints, true, derSequence(derElement(TAG_BOOLEAN, Uint8Array.of(0xff)))),
    // keyCertSign and cRLSign: bits 5 and 6, one unused bit.
    extension(OID.keyUsage, true, derElement(TAG.bitString, Uint8Array.of(1, 0b0000_0110))),
  ]);
  const certificate = issue(server, ca, caKeys.privateKey, [
    extension(OID.basicConstraints, true, derSequence()),
    // digitalSignature: bit 0, seven unused bits.
    extension(OID.keyUsage, true, derElement(TAG.bitString, Uint8Array.of(7, 0b1000_0000))),
    extension(OID.extendedKeyUsage, false, derSequence(derObjectIdentifier(OID.serverAuth))),
    extension(
      OID.subjectAltName,
      false,
      derSequence(
        derElement(0x82, Buffer.from("localhost")),
        derElement(0x87, Uint8Array.of(127, 0, 0, 1)),
        derElement(0x87, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)),
      ),
    ),
  ]);
  return {
    caPem: encodePem("CERTIFICATE", caCertificate),
    certificatePem: encodePem("CERTIFICATE", certificate),
    privateKeyPem: serverKeys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function issue(subject: Subject, issuer: Subject, issuerKey: KeyObject, extensions: readonly Uint8Array[]): Uint8Array {
  const algorithm = derSequence(derObjectIdentifier(OID.ecdsaWithSha256));
  const from = Date.now() - DAY_MS;
  const toBeSigned = derSequence(
    derContext(0, derSmallInteger(2)),
    derUnsignedInteger(Uint8Array.of(0x01, ...randomBytes(15))),
    algorithm,
    distinguishedName(issuer.name),
    derSequence(utcTime(from), utcTime(from + VALID_DAYS * DAY_MS)),
    distinguishedName(subject.name),
    spki(subject.publicKey),
    derContext(
      3,
      derSequence(
        ...extensions,
        extension(OID.subjectKeyIdentifier, false, derOctetString(keyIdentifier(subject.publicKey))),
        extension(OID.authorityKeyIdentifier, false, derSequence(derElement(0x80, keyIdentifier(issuer.publicKey)))),
      ),
    ),
  );
  return derSequence(toBeSigned, algorithm, derBitString(sign("sha256", toBeSigned, issuerKey)));
}

function extension(identifier: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [derElement(TAG_BOOLEAN, Uint8Array.of(0xff))] : [];
  return derSequence(derObjectIdentifier(identifier), ...flag, derOctetString(value));
}

function distinguishedName(commonName: string): Uint8Array {
  const attribute = derSequence(
    derObjectIdentifier(OID.commonName),
    derElement(TAG_UTF8_STRING, Buffer.from(commonName)),
  );
  return derSequence(derElement(TAG_SET, attribute));
}

/** UTCTime `YYMMDDHHMMSSZ`: good until 2049. */
function utcTime(milliseconds: number): Uint8Array {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return derElement(TAG_UTC_TIME, Buffer.from(`${digits}Z`));
}

function spki(publicKey: KeyObject): Uint8Array {
  return publicKey.export({ type: "spki", format: "der" });
}

/** RFC 7093, section 2, method 1 on the whole SubjectPublicKeyInfo: any unique value will do. */
function keyIdentifier(publicKey: KeyObject): Uint8Array {
  return createHash("sha256").update(spki(publicKey)).digest().subarray(0, 20);
}

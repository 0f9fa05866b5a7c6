/** A certificate request for the device's TLS key (PKCS#10, RFC 2986). */

import { generateKeyPairSync, sign } from "node:crypto";

import { bitString, explicit, integer, objectIdentifier, pem, sequence, setOf, utf8String } from "./der.ts";

/** A PEM request for a host name, under a fresh P-256 key. */
export function certificateRequest(hostName: string): string {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const information = sequence(
    integer(Uint8Array.of(0)),
    sequence(setOf(sequence(objectIdentifier("2.5.4.3"), utf8String(hostName)))),
    new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    explicit(0, new Uint8Array(0)),
  );
  const signature = bitString(new Uint8Array(sign("sha256", information, privateKey)));
  return pem(
    "CERTIFICATE REQUEST",
    sequence(information, sequence(objectIdentifier("1.2.840.10045.4.3.2")), signature),
  );
}

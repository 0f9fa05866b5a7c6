/** Which of the DER key formats a byte string has the outline of. */

import { DerReader, TAG, isKeyrailError } from "@keyrail/core";
import { invalidKeyFile } from "./parsed-key.ts";

/** The DER key formats. */
export type DerKeyFormat = "spki" | "pkcs8" | "pkcs8-encrypted" | "sec1";

/** The tags inside the outer SEQUENCE by which the formats differ. */
const OUTLINES: readonly { readonly format: DerKeyFormat; readonly tags: readonly number[] }[] = [
  { format: "spki", tags: [TAG.sequence, TAG.bitString] },
  { format: "pkcs8-encrypted", tags: [TAG.sequence, TAG.octetString] },
  { format: "pkcs8", tags: [TAG.integer, TAG.sequence, TAG.octetString] },
  { format: "sec1", tags: [TAG.integer, TAG.octetString] },
];

/**
 * The format of a DER file, from its outline alone.
 *
 * @throws `InvalidKeyMaterial` when it is not DER, is truncated, or is none of the formats.
 */
export function classifyDer(der: Uint8Array): DerKeyFormat {
  const outer = new DerReader(der, "der");
  const reader = outer.readSequence();
  outer.end();
  const tags: number[] = [];
  while (!reader.done && tags.length < 3) tags.push(reader.readElement().tag);
  const found = OUTLINES.find((outline) => outline.tags.every((tag, index) => tags[index] === tag));
  if (found === undefined) {
    throw invalidKeyFile(
      "The file is DER, but not of a key format Keyrail reads (SPKI, PKCS#8, SEC 1).",
      "unknown DER",
      "raw",
    );
  }
  return found.format;
}

/** Whether the bytes have the outline of an unencrypted PKCS#8 key. */
export function looksLikePkcs8(der: Uint8Array): boolean {
  try {
    return classifyDer(der) === "pkcs8";
  } catch (error) {
    if (isKeyrailError(error)) return false;
    throw error;
  }
}

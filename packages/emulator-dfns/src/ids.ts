import { takeRandomBytes } from "./random.ts";

const ALPHABET = "0123456789abcdefghijklmnopqrstuv";

/** `<prefix>-xxxxx-xxxxx-xxxxxxxxxxxxxxxx`, lower-case letters and digits (fact sheet, section 1). */
export function newId(prefix: string): string {
  let text = "";
  for (const byte of takeRandomBytes(26)) text += ALPHABET.charAt(byte & 31);
  return `${prefix}-${text.slice(0, 5)}-${text.slice(5, 10)}-${text.slice(10)}`;
}

/** A credential id: base64url of a `ci-` id. */
export function newCredentialId(): string {
  return Buffer.from(newId("ci")).toString("base64url");
}

/** The decimal id of an error body: 19 digits. */
export function newErrorId(): string {
  const [low = 0n, high = 0n] = new BigUint64Array(takeRandomBytes(16).buffer);
  return `2${((high << 64n) | low).toString().padStart(18, "0").slice(-18)}`;
}

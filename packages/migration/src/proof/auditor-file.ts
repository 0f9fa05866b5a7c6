/** Files of an auditor's keys: JSON, one with the public keys to give away, one with the private keys to keep. */

import { decodeBase64Url, encodeBase64Url, KeyrailError, tryDecodeBase64Url, wipe } from "@keyrail/core";
import { z } from "zod";
import { AUDITED_KEY_TYPES, type AuditorKey, type AuditorPrivateKey } from "./auditor.ts";
import { readPublicKey } from "./read-public-key.ts";

const FORMAT = { public: "keyrail-auditor-keys", private: "keyrail-auditor-private-keys" } as const;
const VERSION = 1;

const keySchema = z
  .strictObject({ keyType: z.enum(AUDITED_KEY_TYPES), publicKey: z.string() })
  .refine(({ keyType, publicKey }) => readPublicKey(keyType, publicKey) !== undefined);
const bytes = z.string().refine((text) => tryDecodeBase64Url(text) !== undefined);
const privateKeySchema = z.strictObject({
  keyType: z.enum(AUDITED_KEY_TYPES),
  publicKey: z.string(),
  privateKey: bytes,
});
const publicSchema = z.strictObject({
  format: z.literal(FORMAT.public),
  version: z.literal(VERSION),
  keys: z.array(keySchema).min(1).max(AUDITED_KEY_TYPES.length),
});
const privateSchema = z.strictObject({
  format: z.literal(FORMAT.private),
  version: z.literal(VERSION),
  keys: z.array(privateKeySchema).min(1).max(AUDITED_KEY_TYPES.length),
});

/** The public keys as the text of a file. */
export function auditorKeysText(keys: readonly AuditorKey[]): string {
  const shown = keys.map(({ keyType, publicKey }) => ({ keyType, publicKey }));
  return `${JSON.stringify({ format: FORMAT.public, version: VERSION, keys: shown }, null, 2)}\n`;
}

/** The private keys as the bytes of a file; the caller wipes them. */
export function auditorPrivateKeysBytes(keys: readonly AuditorPrivateKey[]): Uint8Array {
  const written = keys.map(({ privateKey, ...key }) => ({ ...key, privateKey: encodeBase64Url(privateKey) }));
  return new TextEncoder().encode(
    `${JSON.stringify({ format: FORMAT.private, version: VERSION, keys: written }, null, 2)}\n`,
  );
}

/** Reads {@link auditorKeysText}. @throws KeyrailError `InvalidRequest`. */
export function readAuditorKeys(content: Uint8Array): readonly AuditorKey[] {
  return read(content, publicSchema, "the public keys of an auditor").keys;
}

/** Reads {@link auditorPrivateKeysBytes}. @throws KeyrailError `InvalidRequest`, which says nothing of the content. */
export function readAuditorPrivateKeys(content: Uint8Array): readonly AuditorPrivateKey[] {
  const { keys } = read(content, privateSchema, "the private keys of an auditor");
  return keys.map(({ privateKey, ...key }) => ({ ...key, privateKey: decodeBase64Url(privateKey) }));
}

/** Overwrites the private keys. */
export function wipeAuditorKeys(keys: readonly AuditorPrivateKey[]): void {
  wipe(...keys.map(({ privateKey }) => privateKey));
}

function read<Value>(content: Uint8Array, schema: z.ZodType<Value>, what: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    // What a file of secrets holds goes into no error, not even as its cause.
    throw notThese(what);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw notThese(what);
}

function notThese(what: string): KeyrailError<"InvalidRequest"> {
  return new KeyrailError("InvalidRequest", `These are not ${what}, as \`keyrail evidence challenge\` writes them.`, {
    path: "auditor",
  });
}

/** From rows to what the registry gives: what is stored comes from outside, so it is checked. */

import {
  ASYMMETRIC_KEY_TYPES,
  type AsymmetricKeyType,
  KEY_TYPES,
  KeyrailError,
  PublicKey,
  USAGES,
} from "@keyrail/core";
import * as z from "zod/mini";
import type { AliasVersion, AuditRecord, RegisteredKey } from "../registry.ts";

const text = z.string();
const number = z.int();
const optionalText = z.nullable(text);

const keyVersionRow = z.object({ version: number, key: text });
const versionRow = z.extend(keyVersionRow, { since: number, reason: optionalText });
const keyRow = z.object({
  uri: text,
  key_type: z.enum(KEY_TYPES),
  usages: text,
  label: text,
  half: z.enum(["private", "public", "secret"]),
  public_key: z.nullable(z.custom<Uint8Array>((value) => value instanceof Uint8Array)),
  adopted_at: number,
});
const usageList = z.array(z.enum(USAGES));
const auditRow = z.object({
  id: text,
  at: number,
  action: z.enum(["set", "label", "remove", "adopt", "forget", "tag", "cut-over", "roll-back"]),
  actor: text,
  reason: optionalText,
  run: optionalText,
  undoes: optionalText,
});
const auditAliasRow = z.object({ alias: text, from_key: optionalText, to_key: optionalText, version: number });

/** The version a row of `registry_alias` or `registry_alias_version` holds. */
export function aliasVersion(row: unknown): AliasVersion {
  const { reason, ...version } = read(versionRow, row, "an alias");
  return { ...version, ...(reason === null ? {} : { reason }) };
}

/** The key of a version, and which one it is. */
export function keyOfVersion(row: unknown): { readonly version: number; readonly key: string } {
  return read(keyVersionRow, row, "an alias");
}

/** The key of a row of `registry_key`, with its tags. */
export function registeredKey(row: unknown, tags: readonly string[]): RegisteredKey {
  const { uri, key_type: keyType, label, half, ...rest } = read(keyRow, row, "a key");
  const usages = read(usageList, rest.usages === "" ? [] : rest.usages.split(","), "a key");
  return {
    uri,
    keyType,
    usages,
    label,
    half,
    ...(rest.public_key === null ? {} : { publicKey: publicKey(keyType, rest.public_key) }),
    tags,
    adoptedAt: rest.adopted_at,
  };
}

/** An audit record without what it is about. */
export function auditHead(row: unknown): Omit<AuditRecord, "switches" | "keys"> {
  const { reason, run, undoes, ...head } = read(auditRow, row, "an audit record");
  return {
    ...head,
    ...(reason === null ? {} : { reason }),
    ...(run === null ? {} : { run }),
    ...(undoes === null ? {} : { undoes }),
  };
}

/** One alias of an audit record. */
export function auditSwitch(row: unknown): AuditRecord["switches"][number] {
  const { alias, version, from_key: from, to_key: to } = read(auditAliasRow, row, "an audit record");
  return { alias, ...(from === null ? {} : { from }), ...(to === null ? {} : { to }), version };
}

function publicKey(keyType: (typeof KEY_TYPES)[number], bytes: Uint8Array): PublicKey {
  if (!isAsymmetric(keyType)) throw damaged("a key");
  return PublicKey.fromRaw(keyType, bytes);
}

function isAsymmetric(keyType: string): keyType is AsymmetricKeyType {
  const asymmetric: readonly string[] = ASYMMETRIC_KEY_TYPES;
  return asymmetric.includes(keyType);
}

function read<Row>(schema: z.ZodMiniType<Row>, row: unknown, what: string): Row {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  throw damaged(what, result.error);
}

function damaged(what: string, cause?: unknown): KeyrailError<"IntegrityFailed"> {
  return new KeyrailError(
    "IntegrityFailed",
    `The registry holds ${what} that can't be read: it was damaged, or changed by other software. Restore a backup.`,
    { store: "registry" },
    { cause },
  );
}

/** A key record as the command prints it. */

import {
  ASYMMETRIC_KEY_TYPES,
  isKeyrailError,
  type KeyRecord,
  type KeyType,
  printable,
  type Provider,
  type PublicKey,
} from "@keyrail/core";
import type { CommandResult } from "../runtime/result.ts";
import type { Session } from "../runtime/session.ts";

/** Labels and descriptions may come from anybody: what steers a terminal is not shown, and no text is longer than this. */
const MAXIMUM_TEXT = 5000;

/** The public half in JSON: PEM SubjectPublicKeyInfo (absent for stark, which has none), JWK, RFC 7638 thumbprint. */
export interface PublicKeyDocument {
  readonly spki?: string;
  readonly jwk: unknown;
  readonly thumbprint: string;
}

/** PEM of the SubjectPublicKeyInfo, or `undefined` for a key type that has none. */
export function pemOf(publicKey: PublicKey): string | undefined {
  try {
    return publicKey.toPem();
  } catch (error) {
    if (isKeyrailError(error, "InvalidKeyMaterial")) return undefined;
    throw error;
  }
}

/** The public half in JSON. */
export function publicKeyDocument(publicKey: PublicKey): PublicKeyDocument {
  const spki = pemOf(publicKey);
  return {
    ...(spki === undefined ? {} : { spki }),
    jwk: publicKey.toJwk(),
    thumbprint: publicKey.thumbprint(),
  };
}

/** Every member of the record, the public half as {@link PublicKeyDocument}. Times are seconds since the epoch. */
export function keyDocument({ publicKey, ...record }: KeyRecord): Record<string, unknown> {
  return { ...record, ...(publicKey === undefined ? {} : { publicKey: publicKeyDocument(publicKey) }) };
}

/** The record with its public half, fetched when the provider did not give it along. */
export async function withPublicKey(provider: Provider, record: KeyRecord, signal: AbortSignal): Promise<KeyRecord> {
  if (record.publicKey !== undefined || !isAsymmetric(record.keyType)) return record;
  return { ...record, publicKey: await provider.keys.getPublic(record.id, { signal }) };
}

/** Whether keys of the type have a public half. */
export function isAsymmetric(keyType: KeyType): boolean {
  const types: readonly KeyType[] = ASYMMETRIC_KEY_TYPES;
  return types.includes(keyType);
}

/** The options of {@link keyResult}. */
export interface KeyResultOptions {
  /** Only the key URI, for `$(…)` of a shell. */
  readonly quiet?: boolean | undefined;
}

/** A record as a command's result: the JSON document, or a few lines for people after `title`. */
export function keyResult(
  title: string,
  record: KeyRecord,
  session: Session,
  { quiet = false }: KeyResultOptions = {},
): CommandResult {
  const lines = [...(title === "" ? [] : [title]), ...keyLines(record, session)];
  return { document: keyDocument(record), text: quiet ? record.uri : lines.join("\n") };
}

function keyLines(record: KeyRecord, session: Session): string[] {
  const { hierarchical, publicKey } = record;
  const facts: [string, string | undefined][] = [
    ["uri", record.uri],
    ["label", record.label],
    ["description", record.description],
    ["key type", `${record.keyType} (${record.half})`],
    ["usages", record.usages.join(", ")],
    ["algorithms", record.algorithms?.join(", ")],
    ["custody", `${record.custody}, ${record.origin}, ${record.extractable ? "extractable" : "not extractable"}`],
    [
      "hierarchy",
      hierarchical === undefined
        ? undefined
        : hierarchical.master
          ? `${hierarchical.scheme} master key`
          : `${hierarchical.scheme} ${hierarchical.path ?? ""} of ${hierarchical.parent ?? "an unknown master"}`,
    ],
    ["created", dateText(record.createdAt)],
    ["changed", record.updatedAt === record.createdAt ? undefined : dateText(record.updatedAt)],
    ["thumbprint", publicKey?.thumbprint()],
  ];
  return facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${session.style("dim", name.padEnd(12))}${printable(value, MAXIMUM_TEXT)}`],
  );
}

function dateText(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace(".000", "");
}

/** One line of a list. */
export function keyLine(record: KeyRecord): string {
  const { keyType, usages, label, uri } = record;
  return `${keyType.padEnd(13)} ${usages.join("+").padEnd(16)} ${printable(label).padEnd(24)} ${uri}`;
}

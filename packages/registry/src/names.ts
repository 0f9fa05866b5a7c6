/** What callers give, checked before anything is read or written. */

import { formatKeyUri, formatProviderUri, KeyrailError, parseKeyUri, parseProviderUri } from "@keyrail/core";

const NAME = /^[a-z0-9](?:[a-z0-9._/-]{0,126}[a-z0-9])?$/;
const NAME_PART = /^[a-z0-9._/-]{0,128}$/;
const VERSION = /^[1-9][0-9]{0,14}$/;
// eslint-disable-next-line no-control-regex -- refusing control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const MAXIMUM_ITEMS = 32;

/** `NAME` or `NAME@VERSION`, taken apart. */
export interface AliasReference {
  readonly name: string;
  readonly version?: number;
}

/** @throws KeyrailError `InvalidRequest`. */
export function checkAliasName(name: string): string {
  if (typeof name === "string" && NAME.test(name)) return name;
  throw invalid(
    "alias",
    `${quoted(name)} is not a name for an alias: 1 to 128 lower-case letters, digits and . _ - /, with a letter or a digit first and last.`,
  );
}

/** Takes `NAME` or `NAME@VERSION` apart. @throws KeyrailError `InvalidRequest`. */
export function parseAliasReference(text: string): AliasReference {
  const at = typeof text === "string" ? text.indexOf("@") : -1;
  if (at === -1) return { name: checkAliasName(text) };
  const version = text.slice(at + 1);
  if (!VERSION.test(version)) {
    throw invalid("alias", `${quoted(text)} is not an alias with a version: a version is a whole number from 1.`);
  }
  return { name: checkAliasName(text.slice(0, at)), version: Number(version) };
}

/** A key URI in its canonical form, and the URI of its provider. */
export interface CheckedKey {
  readonly uri: string;
  readonly provider: string;
}

/** @throws KeyrailError `InvalidRequest`. */
export function checkKeyUri(uri: string): CheckedKey {
  if (typeof uri !== "string") throw invalid("key", "A key is given by its URI, a text.");
  const parsed = parseKeyUri(uri);
  return { uri: formatKeyUri(parsed), provider: formatProviderUri(parsed) };
}

/** A provider URI in its canonical form. @throws KeyrailError `InvalidRequest`. */
export function checkProviderUri(uri: string): string {
  if (typeof uri !== "string") throw invalid("provider", "A provider is given by its URI, a text.");
  return formatProviderUri(parseProviderUri(uri));
}

/** The start of names. @throws KeyrailError `InvalidRequest`. */
export function checkPrefix(prefix: string): string {
  if (typeof prefix === "string" && NAME_PART.test(prefix)) return prefix;
  throw invalid("prefix", `${quoted(prefix)} starts no name of an alias: those have a-z, 0-9 and . _ - / only.`);
}

/** @throws KeyrailError `InvalidRequest`. */
export function checkLabels(labels: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  if (typeof labels !== "object" || labels === null) throw invalid("labels", "Labels are pairs of texts.");
  const pairs = Object.entries(labels);
  if (pairs.length > MAXIMUM_ITEMS) throw invalid("labels", `An alias has at most ${MAXIMUM_ITEMS} labels.`);
  for (const [label, value] of pairs) {
    checkText("labels", label, 1, 64);
    checkText(`labels.${label}`, value, 0, 256);
  }
  return pairs;
}

/** Tags, each once. @throws KeyrailError `InvalidRequest`. */
export function checkTags(tags: readonly string[]): readonly string[] {
  if (!Array.isArray(tags)) throw invalid("tags", "Tags are a list of texts.");
  const distinct = [...new Set<string>(tags)];
  for (const tag of distinct) checkText("tags", tag, 1, 64);
  if (distinct.length > MAXIMUM_ITEMS) throw invalid("tags", `A key has at most ${MAXIMUM_ITEMS} tags.`);
  return distinct;
}

/** A text of so many characters without control characters. @throws KeyrailError `InvalidRequest`. */
export function checkText(path: string, text: string, minimum: number, maximum: number): string {
  const right = typeof text === "string" && text.isWellFormed() && !CONTROL.test(text);
  if (right && text.length >= minimum && text.length <= maximum) return text;
  throw invalid(path, `"${path}" takes a text of ${minimum} to ${maximum} characters without control characters.`);
}

/** The error of a malformed request. */
export function invalid(path: string, text: string): KeyrailError<"InvalidRequest"> {
  return new KeyrailError("InvalidRequest", text, { path });
}

function quoted(text: unknown): string {
  return typeof text === "string" ? `"${text.slice(0, 140)}"` : "What was given";
}

/**
 * Cheap acceptors for the answers that every change and every read brings (as decision 0011 has them for requests). The
 * schemas stay the authority: what is not accepted here goes to them, and what is accepted they accept too, with the
 * same members read (property-tested).
 */

import type { ActionChallenge, DfnsKey, UserActionToken } from "./schemas.ts";

/** Gives the answer when it is plainly one, undefined when the schema has to look. */
export type QuickAnswer<Result> = (json: unknown) => Result | undefined;

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const HEX_TEXT = /^(?:0x)?(?:[0-9a-fA-F]{2})*$/;
const VISIBLE = /^[\u0021-\u007e]{1,16384}$/;

/** A key without the rarer members: neither derived nor without dates. */
export const quickKey: QuickAnswer<DfnsKey> = (json) => (isPlainKey(json) ? json : undefined);

function isPlainKey(json: unknown): json is DfnsKey {
  return (
    isRecord(json) &&
    isMatch(json["id"], ID) &&
    typeof json["scheme"] === "string" &&
    typeof json["curve"] === "string" &&
    isMatch(json["publicKey"], HEX_TEXT) &&
    typeof json["status"] === "string" &&
    json["derivedFrom"] === undefined &&
    isTextOrAbsent(json["dateCreated"]) &&
    isTextOrAbsent(json["dateDeleted"]) &&
    isTextOrAbsent(json["name"]) &&
    isFlagOrAbsent(json["masterKey"]) &&
    isFlagOrAbsent(json["imported"]) &&
    isFlagOrAbsent(json["exported"])
  );
}

/** A challenge with kinds and credentials of the documented form. */
export const quickChallenge: QuickAnswer<ActionChallenge> = (json) => (isPlainChallenge(json) ? json : undefined);

function isPlainChallenge(json: unknown): json is ActionChallenge {
  if (!isRecord(json) || !isFilled(json["challenge"]) || !isFilled(json["challengeIdentifier"])) return false;
  const kinds = json["supportedCredentialKinds"];
  const allowed = json["allowCredentials"];
  if (!Array.isArray(kinds) || !isRecord(allowed)) return false;
  const keys = allowed["key"];
  if (!Array.isArray(keys)) return false;
  return (
    kinds.every(
      (kind) => isRecord(kind) && typeof kind["kind"] === "string" && isFlagOrAbsent(kind["requiresSecondFactor"]),
    ) && keys.every((key) => isRecord(key) && typeof key["id"] === "string")
  );
}

/** A one-time token. */
export const quickUserAction: QuickAnswer<UserActionToken> = (json) => (isUserAction(json) ? json : undefined);

function isUserAction(json: unknown): json is UserActionToken {
  return isRecord(json) && isMatch(json["userAction"], VISIBLE);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMatch(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isFlagOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "boolean";
}

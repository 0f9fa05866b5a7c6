import { createHmac, type Hmac } from "node:crypto";
import { PublicKey } from "@keyrail/core";

/** Members whose order says nothing. */
const SETS: ReadonlySet<string> = new Set(["usages", "algorithms"]);

/**
 * 32 bytes that are equal for equal requests. Keyed, so that they tell nothing of a secret in the request to whoever has only
 * the store; the secret goes through the hash and is kept nowhere.
 */
export function requestFingerprint(key: Uint8Array, operation: string, request: object): Uint8Array {
  const hmac = createHmac("sha256", key);
  feed(hmac, operation);
  feed(hmac, request);
  return hmac.digest();
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** Every value with its kind and length in front, so that no two requests give one input. */
function feed(hmac: Hmac, value: unknown): void {
  if (value instanceof PublicKey) {
    feed(hmac, value.keyType);
    feed(hmac, value.toRaw());
  } else if (value instanceof Uint8Array) hmac.update(`b${value.length}:`).update(value);
  else if (typeof value === "string") hmac.update(`s${Buffer.byteLength(value)}:`).update(value);
  else if (Array.isArray(value)) {
    hmac.update(`a${value.length}:`);
    for (const item of value) feed(hmac, item);
  } else if (typeof value === "object" && value !== null) feedMembers(hmac, value);
  else hmac.update(`p${String(value)};`);
}

function feedMembers(hmac: Hmac, value: object): void {
  // What is left out and what is given as its default are one request.
  const members = Object.entries(value)
    .filter(([name, member]) => member !== undefined && !(name === "extractable" && member === false))
    .sort(([left], [right]) => byCodeUnits(left, right));
  hmac.update(`o${members.length}:`);
  for (const [name, member] of members) {
    feed(hmac, name);
    feed(hmac, SETS.has(name) && Array.isArray(member) ? member.map(String).sort(byCodeUnits) : member);
  }
}

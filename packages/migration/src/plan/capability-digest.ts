import { createHash } from "node:crypto";
import type { CapabilityDeclaration } from "@keyrail/core";

/** Members of rows that say why a row is believed, and what else to know: no decision of a plan rests on them. */
const COMMENTS = new Set(["evidence", "note"]);

/**
 * `sha-256:` and base64url, over what a plan is decided by: limits of texts, catalog and rows. The words of refusals, the
 * evidence and the pace are left out, so that a plan outlives a better text or another number of requests in flight.
 */
export function capabilityDigest(capabilities: CapabilityDeclaration): string {
  const { provider, custody, label, description, catalog, idempotency, rows } = capabilities;
  const decisive = { provider, custody, label, description, catalog, idempotency, rows };
  const text = JSON.stringify(decisive, (name, value: unknown) => (COMMENTS.has(name) ? undefined : ordered(value)));
  return `sha-256:${createHash("sha256").update(text).digest("base64url")}`;
}

/** Members in the order of their names, so that only content counts. */
function ordered(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

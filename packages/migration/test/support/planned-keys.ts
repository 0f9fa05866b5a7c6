/** Plans made by hand, for tests of what works on plans. */

import type { PlannedKey, PlanHeader, PlanSummary } from "../../src/index.ts";
import type { PlanToRun } from "../../src/journal/journal.ts";

const DIGEST = `sha-256:${"A".repeat(43)}`;
const zero = { import: 0, rotate: 0, adopt: 0, retain: 0 };

/** The head of a plan between two software stores. */
export function planHeader(id: string, change: Partial<PlanHeader> = {}): PlanHeader {
  const end = { title: "Software", custody: "software", capabilities: DIGEST } as const;
  return {
    format: "keyrail-migration-plan",
    version: 1,
    id,
    createdAt: 1_700_000_000_000,
    source: { ...end, uri: "software:source" },
    target: { ...end, uri: "software:target" },
    options: { noImport: false },
    ...change,
  };
}

/** A P-256 key that is rotated. */
export function plannedKey(ordinal: number, change: Partial<PlannedKey> = {}): PlannedKey {
  const label = `key ${ordinal}`;
  const stays = change.strategy === "retain";
  return {
    ordinal,
    source: {
      uri: `software:source/${ordinal}`,
      id: String(ordinal),
      keyType: "P-256",
      usages: ["sign", "verify"],
      label,
      half: "private",
      origin: "generated",
      extractable: false,
      publicKey: "AAAA",
    },
    strategy: "rotate",
    reason: "The key is not extractable.",
    changes: [{ what: "public key", from: "old", to: "new" }],
    needs: [],
    ...(stays ? {} : { target: { operation: "create", keyType: "P-256", usages: ["sign", "verify"], label } }),
    proof: "succession-signature",
    requests: { source: 1, target: 2 },
    operationKey: `run-${ordinal}`,
    ...change,
  };
}

/** A plan of so many keys, or of these. */
export function planOf(id: string, keys: number | readonly PlannedKey[], change: Partial<PlanHeader> = {}): PlanToRun {
  const list = typeof keys === "number" ? Array.from({ length: keys }, (_, ordinal) => plannedKey(ordinal)) : keys;
  const strategies = { ...zero };
  for (const key of list) strategies[key.strategy] += 1;
  const summary: PlanSummary = {
    keys: list.length,
    strategies,
    requests: { source: list.length, target: list.length },
    digest: DIGEST,
  };
  return { header: planHeader(id, change), summary, keys: list };
}

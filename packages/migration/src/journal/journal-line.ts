import type { JournalItem } from "./journal.ts";

/**
 * An item as one line of JSON without line feed: what the journal's digest is over, and what goes into the evidence.
 * Members always stand in this order; how often it was tried and who worked on it are left out.
 */
export function journalLine(item: JournalItem): string {
  const { ordinal, planned, strategy, state, target, targetPublicKey, proof, verification, error, updatedAt } = item;
  return JSON.stringify({
    ordinal,
    source: planned.source.uri,
    strategy,
    state,
    target,
    targetPublicKey,
    proof,
    verification,
    error,
    updatedAt,
  });
}

import type { AuditRecord, Registry } from "@keyrail/registry";
import type { Journal, Run } from "../journal/journal.ts";

/** What the registry says that a run has switched. */
export interface KnownCutOvers {
  /** The run, with all of its cut-overs. */
  readonly run: Run;
  /** Cut-overs, newest first; those that were rolled back in part or in whole are among them. */
  readonly records: readonly AuditRecord[];
}

/**
 * Brings the journal up to date with the registry: a process that was killed between the switch of aliases and its entry in
 * the journal left a record in the registry, which names the run.
 */
export async function knownCutOvers(journal: Journal, registry: Registry, id: string): Promise<KnownCutOvers> {
  const before = await journal.run(id);
  const records: AuditRecord[] = [];
  for await (const record of registry.audit({ run: id })) if (record.action === "cut-over") records.push(record);
  const missing = records.filter((record) => !before.cutOvers.includes(record.id));
  for (const record of missing.toReversed()) await journal.addCutOver(id, record.id);
  return { run: missing.length === 0 ? before : await journal.run(id), records };
}

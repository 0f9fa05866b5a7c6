/** Taking keys that exist at a provider into the registry, as they come and in batches. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { KEY_TYPES, KeyrailError, type KeyRecord, PublicKey, USAGES } from "@keyrail/core";
import type { Database } from "@keyrail/database";
import type { Transaction } from "kysely";
import * as z from "zod/mini";
import { type CheckedKey, checkKeyUri, checkTags, invalid } from "../names.ts";
import type { Adoption, AdoptOptions, RegisteredKey } from "../registry.ts";
import { type Change, writeAudit } from "./audit-log.ts";
import { findKeys } from "./key-directory.ts";
import { PAGE } from "./pages.ts";
import type { RegistryTables } from "./tables.ts";

/** What of a record is kept. */
const recordSchema = z.object({
  uri: z.string(),
  keyType: z.enum(KEY_TYPES),
  usages: z.array(z.enum(USAGES)),
  label: z.string(),
  half: z.enum(["private", "public", "secret"]),
  publicKey: z.optional(z.custom<PublicKey>((value) => value instanceof PublicKey)),
});

type Candidate = Omit<z.infer<typeof recordSchema>, "uri"> & { readonly key: CheckedKey };

/**
 * Adopts records batch by batch: no more of them than one batch is in memory, and each batch is one transaction.
 * `begin` gives each batch its audit record.
 */
export async function adopt(
  database: Database<RegistryTables>,
  records: Iterable<KeyRecord> | AsyncIterable<KeyRecord>,
  options: AdoptOptions,
  begin: () => Change,
): Promise<Adoption> {
  const { signal } = options;
  const tags = checkTags(options.tags ?? []);
  let adopted = 0;
  let known = 0;
  // By URI: a listing that gives a key twice is one key.
  const batch = new Map<string, Candidate>();
  const commit = async (): Promise<void> => {
    if (signal?.aborted === true) throw aborted(adopted + known, signal.reason);
    if (batch.size === 0) return;
    const candidates = [...batch.values()];
    const change = begin();
    const created = await database.transaction((transaction) => adoptBatch(transaction, candidates, tags, change), {
      exclusive: true,
    });
    adopted += created;
    known += candidates.length - created;
    batch.clear();
    // SQLite answers without a turn of the event loop: others are to have theirs.
    await nextTurn();
  };
  // The context is checked before anything is read; each batch then begins a change of its own.
  begin();
  for await (const record of records) {
    const candidate = checkRecord(record);
    batch.set(candidate.key.uri, candidate);
    if (batch.size >= PAGE) await commit();
  }
  await commit();
  return { adopted, known };
}

/** How many keys are new. */
async function adoptBatch(
  transaction: Transaction<RegistryTables>,
  candidates: readonly Candidate[],
  tags: readonly string[],
  change: Change,
): Promise<number> {
  const existing = await findKeys(
    transaction,
    candidates.map(({ key }) => key.uri),
  );
  const changed = candidates.filter((candidate) => {
    const before = existing.get(candidate.key.uri);
    return before === undefined || differs(before, candidate, tags);
  });
  if (changed.length === 0) return 0;
  await transaction
    .insertInto("registry_key")
    .values(
      changed.map(({ key, keyType, usages, label, half, publicKey }) => ({
        uri: key.uri,
        provider: key.provider,
        key_type: keyType,
        usages: usages.join(","),
        label,
        half,
        public_key: publicKey?.toRaw() ?? null,
        adopted_at: change.at,
      })),
    )
    .onConflict((conflict) =>
      conflict.column("uri").doUpdateSet((row) => ({
        key_type: row.ref("excluded.key_type"),
        usages: row.ref("excluded.usages"),
        label: row.ref("excluded.label"),
        half: row.ref("excluded.half"),
        // A listing that gives no public keys takes none away.
        public_key: row.fn.coalesce("excluded.public_key", "registry_key.public_key"),
      })),
    )
    .execute();
  const tagRows = changed.flatMap(({ key }) => tags.map((tag) => ({ key: key.uri, tag })));
  for (let start = 0; start < tagRows.length; start += PAGE) {
    await transaction
      .insertInto("registry_tag")
      .values(tagRows.slice(start, start + PAGE))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await writeAudit(transaction, change, { keys: changed.map(({ key }) => key.uri) });
  return changed.filter(({ key }) => !existing.has(key.uri)).length;
}

function differs(before: RegisteredKey, now: Candidate, tags: readonly string[]): boolean {
  return (
    before.keyType !== now.keyType ||
    before.label !== now.label ||
    before.half !== now.half ||
    before.usages.join() !== now.usages.join() ||
    (now.publicKey !== undefined && before.publicKey?.equals(now.publicKey) !== true) ||
    tags.some((tag) => !before.tags.includes(tag))
  );
}

function checkRecord(record: KeyRecord): Candidate {
  const result = recordSchema.safeParse(record);
  if (!result.success) throw invalid("records", "What is adopted are key records, as a provider's catalog gives them.");
  const { uri, label, ...facts } = result.data;
  // Devices hold labels of any bytes; PostgreSQL stores no NUL, and UTF-8 has no half of a surrogate pair.
  return { ...facts, label: label.toWellFormed().replaceAll("\0", "\ufffd"), key: checkKeyUri(uri) };
}

function aborted(done: number, cause: unknown): KeyrailError<"Aborted"> {
  return new KeyrailError(
    "Aborted",
    `The adoption was aborted after ${done} keys, which are in the registry; adopt again to go on.`,
    { operation: "adopt" },
    { cause },
  );
}

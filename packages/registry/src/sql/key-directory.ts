/** Reading and changing the keys the registry knows of. */

import { KeyrailError } from "@keyrail/core";
import type { Database } from "@keyrail/database";
import type { Kysely, Transaction } from "kysely";
import { checkProviderUri, checkTags } from "../names.ts";
import type { KeyFilter, RegisteredKey } from "../registry.ts";
import { type Change, writeAudit } from "./audit-log.ts";
import { chunks, PAGE, pages } from "./pages.ts";
import { registeredKey } from "./rows.ts";
import type { RegistryTables } from "./tables.ts";

type Query = Kysely<RegistryTables>;
type Tx = Transaction<RegistryTables>;

/** The keys of these URIs that there are, by URI. */
export async function findKeys(query: Query, uris: readonly string[]): Promise<Map<string, RegisteredKey>> {
  const found = new Map<string, RegisteredKey>();
  for (const chunk of chunks(uris)) {
    const rows = await query.selectFrom("registry_key").selectAll().where("uri", "in", chunk).execute();
    for (const key of await withTags(query, rows)) found.set(key.uri, key);
  }
  return found;
}

/** @throws KeyrailError `KeyNotFound`. */
export async function readKey(query: Query, uri: string): Promise<RegisteredKey> {
  const key = (await findKeys(query, [uri])).get(uri);
  if (key === undefined) throw new KeyrailError("KeyNotFound", `The registry has no key ${uri}.`, { key: uri });
  return key;
}

/** In the order of their URIs. */
export async function* listKeys(
  database: Database<RegistryTables>,
  filter: KeyFilter,
): AsyncGenerator<RegisteredKey, void, undefined> {
  const provider = filter.provider === undefined ? undefined : checkProviderUri(filter.provider);
  const [tag] = filter.tag === undefined ? [] : checkTags([filter.tag]);
  yield* pages<RegisteredKey>((after) =>
    database.run(async (query) => {
      let select = query.selectFrom("registry_key").selectAll().orderBy("uri").limit(PAGE);
      if (after !== undefined) select = select.where("uri", ">", after.uri);
      if (provider !== undefined) select = select.where("provider", "=", provider);
      if (tag !== undefined) {
        select = select.where("uri", "in", (expression) =>
          expression.selectFrom("registry_tag").select("key").where("tag", "=", tag),
        );
      }
      return withTags(query, await select.execute());
    }),
  );
}

export async function forgetKey(transaction: Tx, uri: string, change: Change): Promise<void> {
  await readKey(transaction, uri);
  await transaction.deleteFrom("registry_key").where("uri", "=", uri).execute();
  await writeAudit(transaction, change, { keys: [uri] });
}

/** Replaces the tags of a key. */
export async function setTags(
  transaction: Tx,
  uri: string,
  tags: readonly string[],
  change: Change,
): Promise<RegisteredKey> {
  const key = await readKey(transaction, uri);
  if (key.tags.length === tags.length && tags.every((tag) => key.tags.includes(tag))) return key;
  await transaction.deleteFrom("registry_tag").where("key", "=", uri).execute();
  if (tags.length > 0) {
    await transaction
      .insertInto("registry_tag")
      .values(tags.map((tag) => ({ key: uri, tag })))
      .execute();
  }
  await writeAudit(transaction, change, { keys: [uri] });
  return readKey(transaction, uri);
}

async function withTags(query: Query, rows: readonly { readonly uri: string }[]): Promise<readonly RegisteredKey[]> {
  if (rows.length === 0) return [];
  const tags = new Map<string, string[]>();
  const tagRows = await query
    .selectFrom("registry_tag")
    .selectAll()
    .where(
      "key",
      "in",
      rows.map(({ uri }) => uri),
    )
    .orderBy("tag")
    .execute();
  for (const { key, tag } of tagRows) {
    const own = tags.get(key);
    if (own === undefined) tags.set(key, [tag]);
    else own.push(tag);
  }
  return rows.map((row) => registeredKey(row, tags.get(row.uri) ?? []));
}

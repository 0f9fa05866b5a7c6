/** Reading aliases. */

import { KeyrailError } from "@keyrail/core";
import type { Database } from "@keyrail/database";
import type { Kysely } from "kysely";
import { type AliasReference, checkLabels, checkPrefix, checkProviderUri } from "../names.ts";
import {
  type Alias,
  type AliasFilter,
  type AliasLookUp,
  type AliasVersion,
  EARLIER_VERSIONS,
  type ResolvedKey,
} from "../registry.ts";
import { chunks, PAGE, pages } from "./pages.ts";
import { aliasVersion, keyOfVersion } from "./rows.ts";
import type { RegistryTables } from "./tables.ts";

type Query = Kysely<RegistryTables>;

const COLUMNS = ["name", "version", "key", "since", "reason"] as const;
/** Sorts after every character a name may have. */
const AFTER_NAMES = "~";

/** `KeyNotFound` for an alias. */
export function noSuchAlias(reference: string): KeyrailError<"KeyNotFound"> {
  return new KeyrailError("KeyNotFound", `There is no alias ${reference}.`, { key: reference });
}

/** The aliases of these names that there are, by name. */
export async function findAliases(query: Query, names: readonly string[]): Promise<Map<string, Alias>> {
  const found = new Map<string, Alias>();
  for (const chunk of chunks(names)) {
    const rows = await query.selectFrom("registry_alias").select(COLUMNS).where("name", "in", chunk).execute();
    for (const alias of await withLabels(query, rows)) found.set(alias.name, alias);
  }
  return found;
}

/** @throws KeyrailError `KeyNotFound`. */
export async function readAlias(query: Query, name: string): Promise<Alias> {
  const alias = (await findAliases(query, [name])).get(name);
  if (alias === undefined) throw noSuchAlias(name);
  return alias;
}

/** The aliases that name a key, in the order of their names. */
export async function aliasesOfKey(query: Query, key: string): Promise<readonly Alias[]> {
  const rows = await query
    .selectFrom("registry_alias")
    .select(COLUMNS)
    .where("key", "=", key)
    .orderBy("name")
    .execute();
  return withLabels(query, rows);
}

/** Newest version first. @throws KeyrailError `KeyNotFound`. */
export async function readHistory(query: Query, name: string): Promise<readonly AliasVersion[]> {
  const rows = await query
    .selectFrom("registry_alias_version")
    .select(["version", "key", "since", "reason"])
    .where("alias", "=", name)
    .orderBy("version", "desc")
    .execute();
  if (rows.length === 0) throw noSuchAlias(name);
  return rows.map(aliasVersion);
}

/** The key of a name, and those it had before. @throws KeyrailError `KeyNotFound`. */
export async function lookUpAlias(query: Query, { name, version }: AliasReference): Promise<AliasLookUp> {
  // Each key once: an alias that goes back and forth would push the keys before out of the list.
  let select = query
    .selectFrom("registry_alias_version")
    .select(["key", (aggregate) => aggregate.fn.max("version").as("version")])
    .where("alias", "=", name)
    .groupBy("key")
    .orderBy("version", "desc")
    .limit(EARLIER_VERSIONS + 1);
  if (version !== undefined) select = select.where("version", "=", version);
  const rows = await select.execute();
  const [current, ...earlier] = rows.map((row): ResolvedKey => ({ alias: name, ...keyOfVersion(row) }));
  if (current === undefined) throw noSuchAlias(version === undefined ? name : `${name}@${version}`);
  return { ...current, earlier };
}

/** In the order of their names. */
export async function* listAliases(
  database: Database<RegistryTables>,
  filter: AliasFilter,
): AsyncGenerator<Alias, void, undefined> {
  const prefix = filter.prefix === undefined ? "" : checkPrefix(filter.prefix);
  const provider = filter.provider === undefined ? undefined : checkProviderUri(filter.provider);
  const labels = filter.labels === undefined ? [] : checkLabels(filter.labels);
  yield* pages<Alias>((after) =>
    database.run(async (query) => {
      let select = query.selectFrom("registry_alias").select(COLUMNS).orderBy("name").limit(PAGE);
      if (after !== undefined) select = select.where("name", ">", after.name);
      if (prefix !== "") {
        select = select.where("name", ">=", prefix).where("name", "<", `${prefix}${AFTER_NAMES}`);
      }
      if (provider !== undefined) select = select.where("provider", "=", provider);
      for (const [label, value] of labels) {
        select = select.where("name", "in", (expression) =>
          expression.selectFrom("registry_label").select("alias").where("label", "=", label).where("value", "=", value),
        );
      }
      return withLabels(query, await select.execute());
    }),
  );
}

async function withLabels(query: Query, rows: readonly { readonly name: string }[]): Promise<readonly Alias[]> {
  if (rows.length === 0) return [];
  const labels = new Map<string, Record<string, string>>();
  const labelRows = await query
    .selectFrom("registry_label")
    .selectAll()
    .where(
      "alias",
      "in",
      rows.map(({ name }) => name),
    )
    .orderBy("label")
    .execute();
  for (const { alias, label, value } of labelRows) {
    const own = labels.get(alias) ?? {};
    // Defined, not assigned: a label may be called __proto__.
    Object.defineProperty(own, label, { value, enumerable: true, configurable: true, writable: true });
    labels.set(alias, own);
  }
  return rows.map((row) => ({ name: row.name, current: aliasVersion(row), labels: labels.get(row.name) ?? {} }));
}

/** Changes of aliases. Each function is the inside of one transaction. */

import { KeyrailError } from "@keyrail/core";
import type { Transaction } from "kysely";
import { type CheckedKey, invalid } from "../names.ts";
import type { Alias, AuditRecord } from "../registry.ts";
import { findAliases, noSuchAlias, readAlias } from "./alias-reader.ts";
import { type Change, findAudit, writeAudit } from "./audit-log.ts";
import { chunks } from "./pages.ts";
import type { RegistryTables } from "./tables.ts";

type Tx = Transaction<RegistryTables>;

/** An alias to switch, checked. */
export interface CheckedSwitch {
  readonly alias: string;
  readonly from: CheckedKey;
  readonly to: CheckedKey;
}

/** One alias with the key and version it gets. */
interface NextVersion {
  readonly alias: string;
  readonly from?: string;
  readonly to: CheckedKey;
  readonly version: number;
}

/** Makes an alias or switches it; undefined when it names the key already. */
export async function setAlias(
  transaction: Tx,
  name: string,
  to: CheckedKey,
  expect: CheckedKey | null | undefined,
  change: Change,
): Promise<AuditRecord | undefined> {
  const alias = (await findAliases(transaction, [name])).get(name);
  if (expect === null && alias !== undefined) {
    throw new KeyrailError("KeyExists", `There is an alias ${name} already; it names ${alias.current.key}.`, {
      key: name,
    });
  }
  if (expect !== null && expect !== undefined) {
    if (alias === undefined) throw noSuchAlias(name);
    if (alias.current.key !== expect.uri) throw moved(alias, expect.uri);
  }
  if (alias?.current.key === to.uri) return undefined;
  const next: NextVersion =
    alias === undefined
      ? { alias: name, to, version: 1 + (await lastVersion(transaction, name)) }
      : { alias: name, from: alias.current.key, to, version: alias.current.version + 1 };
  return writeVersions(transaction, [next], change);
}

/** Switches aliases, all or none. */
export async function cutOver(
  transaction: Tx,
  switches: readonly CheckedSwitch[],
  change: Change,
): Promise<AuditRecord> {
  const aliases = await findAliases(
    transaction,
    switches.map(({ alias }) => alias),
  );
  const next = switches.map(({ alias: name, from, to }): NextVersion => {
    const alias = aliases.get(name);
    if (alias === undefined) throw noSuchAlias(name);
    if (alias.current.key !== from.uri) throw moved(alias, from.uri);
    return { alias: name, from: from.uri, to, version: alias.current.version + 1 };
  });
  return writeVersions(transaction, next, change);
}

/** Switches the aliases of a cut-over, or some of them, back, all or none. */
export async function rollBack(
  transaction: Tx,
  id: string,
  names: readonly string[] | undefined,
  change: Change,
  checkKey: (uri: string) => CheckedKey,
): Promise<AuditRecord> {
  const record = await findAudit(transaction, id);
  if (record?.action !== "cut-over") throw invalid("cutOver", "There is no cut-over with this id.");
  const wanted = new Set(names ?? record.switches.map(({ alias }) => alias));
  const switches = record.switches.filter(({ alias }) => wanted.delete(alias));
  const [stranger] = wanted;
  if (stranger !== undefined) throw invalid("aliases", `The cut-over did not switch the alias ${stranger}.`);
  const aliases = await findAliases(
    transaction,
    switches.map(({ alias }) => alias),
  );
  const still = await versionsOf(transaction, id);
  const next = switches.map(({ alias: name, from }): NextVersion => {
    const alias = aliases.get(name);
    if (alias === undefined) throw noSuchAlias(name);
    // By version, not by key: an alias that went away and came back to the same key was switched all the same.
    if (from === undefined || still.get(name) !== alias.current.version) {
      throw refused(`The alias ${name} was switched again since this cut-over; it now names ${alias.current.key}.`);
    }
    return { alias: name, from: alias.current.key, to: checkKey(from), version: alias.current.version + 1 };
  });
  return writeVersions(transaction, next, { ...change, undoes: id });
}

/** Replaces the labels of an alias; false when it has just these. */
export async function setLabels(
  transaction: Tx,
  name: string,
  labels: readonly (readonly [string, string])[],
  change: Change,
): Promise<void> {
  const { current, labels: before } = await readAlias(transaction, name);
  const same = labels.every(([label, value]) => Object.hasOwn(before, label) && before[label] === value);
  if (same && labels.length === Object.keys(before).length) return;
  await transaction.deleteFrom("registry_label").where("alias", "=", name).execute();
  if (labels.length > 0) {
    const rows = labels.map(([label, value]) => ({ alias: name, label, value }));
    await transaction.insertInto("registry_label").values(rows).execute();
  }
  const { key, version } = current;
  await writeAudit(transaction, change, { switches: [{ alias: name, from: key, to: key, version }] });
}

/** Takes an alias and its history away. */
export async function removeAlias(transaction: Tx, name: string, change: Change): Promise<void> {
  const { current } = await readAlias(transaction, name);
  await transaction.deleteFrom("registry_alias").where("name", "=", name).execute();
  const { key, version } = current;
  await writeAudit(transaction, change, { switches: [{ alias: name, from: key, version }] });
}

async function writeVersions(transaction: Tx, next: readonly NextVersion[], change: Change): Promise<AuditRecord> {
  const { at: since, reason = null } = change;
  for (const chunk of chunks(next)) {
    await transaction
      .insertInto("registry_alias")
      .values(
        chunk.map(({ alias: name, to, version }) => ({
          name,
          version,
          key: to.uri,
          provider: to.provider,
          since,
          reason,
        })),
      )
      .onConflict((conflict) =>
        conflict.column("name").doUpdateSet((row) => ({
          version: row.ref("excluded.version"),
          key: row.ref("excluded.key"),
          provider: row.ref("excluded.provider"),
          since: row.ref("excluded.since"),
          reason: row.ref("excluded.reason"),
        })),
      )
      .execute();
    await transaction
      .insertInto("registry_alias_version")
      .values(chunk.map(({ alias, to, version }) => ({ alias, version, key: to.uri, since, reason, audit: change.id })))
      .execute();
  }
  return writeAudit(transaction, change, {
    switches: next.map(({ alias, from, to, version }) => ({
      alias,
      ...(from === undefined ? {} : { from }),
      to: to.uri,
      version,
    })),
  });
}

/** The last version a name ever had, 0 for a new one: a removed alias goes on counting. */
async function lastVersion(transaction: Tx, name: string): Promise<number> {
  const row = await transaction
    .selectFrom("registry_audit_alias")
    .select((select) => select.fn.max("version").as("last"))
    .where("alias", "=", name)
    .executeTakeFirst();
  return Number(row?.last ?? 0);
}

/** The versions a change made, by alias. */
async function versionsOf(transaction: Tx, audit: string): Promise<Map<string, number>> {
  const rows = await transaction
    .selectFrom("registry_audit_alias")
    .innerJoin("registry_alias_version", (join) =>
      join
        .onRef("registry_alias_version.alias", "=", "registry_audit_alias.alias")
        .onRef("registry_alias_version.version", "=", "registry_audit_alias.version"),
    )
    .select(["registry_alias_version.alias", "registry_alias_version.version"])
    .where("registry_audit_alias.audit", "=", audit)
    .where("registry_alias_version.audit", "=", audit)
    .execute();
  return new Map(rows.map(({ alias, version }) => [alias, version]));
}

function moved(alias: Alias, expected: string): KeyrailError<"OperationRefused"> {
  return refused(`The alias ${alias.name} names ${alias.current.key}, not ${expected}; nothing was changed.`);
}

function refused(reason: string): KeyrailError<"OperationRefused"> {
  return new KeyrailError("OperationRefused", reason, { provider: "registry", reason });
}

/** The audit records: written in the transaction of the change they tell of, never changed. */

import { userInfo } from "node:os";
import type { Database } from "@keyrail/database";
import type { Kysely, Transaction } from "kysely";
import { checkAliasName, checkText } from "../names.ts";
import type { AuditRecord, ChangeContext } from "../registry.ts";
import { newAuditId } from "./audit-id.ts";
import { chunks, PAGE, pages } from "./pages.ts";
import { auditHead, auditSwitch } from "./rows.ts";
import type { RegistryTables } from "./tables.ts";

const MAXIMUM_TEXT = 1024;

/** Who changes something and why, checked, with the time and the id its record will have. */
export type Change = Omit<AuditRecord, "switches" | "keys">;

/** @throws KeyrailError `InvalidRequest`. */
export function beginChange(action: AuditRecord["action"], context: ChangeContext = {}, actor?: string): Change {
  const { reason, run } = context;
  const at = Date.now();
  return {
    id: newAuditId(at),
    at,
    action,
    actor: checkText("actor", context.actor ?? actor ?? operatingSystemUser(), 1, MAXIMUM_TEXT),
    ...(reason === undefined ? {} : { reason: checkText("reason", reason, 1, MAXIMUM_TEXT) }),
    ...(run === undefined ? {} : { run: checkText("run", run, 1, MAXIMUM_TEXT) }),
  };
}

/** Writes the record of a change and gives it. */
export async function writeAudit(
  transaction: Transaction<RegistryTables>,
  change: Change,
  about: Partial<Pick<AuditRecord, "switches" | "keys">>,
): Promise<AuditRecord> {
  const record: AuditRecord = { ...change, switches: about.switches ?? [], keys: about.keys ?? [] };
  const { id, at, action, actor, reason = null, run = null, undoes = null } = record;
  await transaction.insertInto("registry_audit").values({ id, at, action, actor, reason, run, undoes }).execute();
  const switches = record.switches.map(({ alias, from = null, to = null, version }, position) => ({
    audit: id,
    position,
    alias,
    from_key: from,
    to_key: to,
    version,
  }));
  for (const rows of chunks(switches)) await transaction.insertInto("registry_audit_alias").values(rows).execute();
  const keys = record.keys.map((key, position) => ({ audit: id, position, key }));
  for (const rows of chunks(keys)) await transaction.insertInto("registry_audit_key").values(rows).execute();
  return record;
}

/** The record with this id. */
export async function findAudit(query: Kysely<RegistryTables>, id: string): Promise<AuditRecord | undefined> {
  const row = await query.selectFrom("registry_audit").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : wholeRecord(query, row);
}

/** The records, newest first. */
export async function* listAudit(
  database: Database<RegistryTables>,
  filter: { readonly alias?: string; readonly run?: string },
): AsyncGenerator<AuditRecord, void, undefined> {
  const alias = filter.alias === undefined ? undefined : checkAliasName(filter.alias);
  const run = filter.run === undefined ? undefined : checkText("run", filter.run, 1, MAXIMUM_TEXT);
  const heads = pages<{ readonly id: string }>((after) =>
    database.run((query) => {
      let select = query.selectFrom("registry_audit").selectAll().orderBy("id", "desc").limit(PAGE);
      if (after !== undefined) select = select.where("id", "<", after.id);
      if (run !== undefined) select = select.where("run", "=", run);
      if (alias !== undefined) {
        select = select.where("id", "in", (expression) =>
          expression.selectFrom("registry_audit_alias").select("audit").where("alias", "=", alias),
        );
      }
      return select.execute();
    }),
  );
  for await (const head of heads) yield await database.run((query) => wholeRecord(query, head));
}

async function wholeRecord(query: Kysely<RegistryTables>, row: { readonly id: string }): Promise<AuditRecord> {
  const switches = await query
    .selectFrom("registry_audit_alias")
    .select(["alias", "from_key", "to_key", "version"])
    .where("audit", "=", row.id)
    .orderBy("position")
    .execute();
  const keys = await query
    .selectFrom("registry_audit_key")
    .select("key")
    .where("audit", "=", row.id)
    .orderBy("position")
    .execute();
  return { ...auditHead(row), switches: switches.map(auditSwitch), keys: keys.map(({ key }) => key) };
}

function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

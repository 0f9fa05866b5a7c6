/** The tables of the registry, and the numbered changes that make them. */

import { type DatabaseSchema, orderedText } from "@keyrail/database";

/** An alias and the version it has now. */
interface AliasTable {
  name: string;
  version: number;
  key: string;
  /** Provider URI of `key`, for listings. */
  provider: string;
  since: number;
  reason: string | null;
}

/** Every version of every alias, the current one included. */
interface AliasVersionTable {
  alias: string;
  version: number;
  key: string;
  since: number;
  reason: string | null;
  /** The audit record of the change that made this version. */
  audit: string;
}

interface LabelTable {
  alias: string;
  label: string;
  value: string;
}

interface KeyTable {
  uri: string;
  provider: string;
  key_type: string;
  /** Joined by commas. */
  usages: string;
  label: string;
  half: string;
  /** Canonical raw bytes. */
  public_key: Uint8Array | null;
  adopted_at: number;
}

interface TagTable {
  key: string;
  tag: string;
}

interface AuditTable {
  id: string;
  at: number;
  action: string;
  actor: string;
  reason: string | null;
  run: string | null;
  undoes: string | null;
}

interface AuditAliasTable {
  audit: string;
  position: number;
  alias: string;
  from_key: string | null;
  to_key: string | null;
  version: number;
}

interface AuditKeyTable {
  audit: string;
  position: number;
  key: string;
}

/** Kysely's view of the tables. */
export interface RegistryTables {
  registry_alias: AliasTable;
  registry_alias_version: AliasVersionTable;
  registry_label: LabelTable;
  registry_key: KeyTable;
  registry_tag: TagTable;
  registry_audit: AuditTable;
  registry_audit_alias: AuditAliasTable;
  registry_audit_key: AuditKeyTable;
}

export const REGISTRY_SCHEMA: DatabaseSchema = {
  component: "registry",
  changes: {
    "0001-aliases": {
      async up(query) {
        const text = orderedText(query);
        await query.schema
          .createTable("registry_alias")
          .addColumn("name", text, (column) => column.primaryKey())
          .addColumn("version", "bigint", (column) => column.notNull())
          .addColumn("key", text, (column) => column.notNull())
          .addColumn("provider", text, (column) => column.notNull())
          .addColumn("since", "bigint", (column) => column.notNull())
          .addColumn("reason", text)
          .execute();
        await query.schema.createIndex("registry_alias_by_key").on("registry_alias").columns(["key", "name"]).execute();
        await query.schema
          .createIndex("registry_alias_by_provider")
          .on("registry_alias")
          .columns(["provider", "name"])
          .execute();
        await query.schema
          .createTable("registry_alias_version")
          .addColumn("alias", text, (column) => column.notNull().references("registry_alias.name").onDelete("cascade"))
          .addColumn("version", "bigint", (column) => column.notNull())
          .addColumn("key", text, (column) => column.notNull())
          .addColumn("since", "bigint", (column) => column.notNull())
          .addColumn("reason", text)
          .addColumn("audit", text, (column) => column.notNull())
          .addPrimaryKeyConstraint("registry_alias_version_primary", ["alias", "version"])
          .execute();
        await query.schema
          .createTable("registry_label")
          .addColumn("alias", text, (column) => column.notNull().references("registry_alias.name").onDelete("cascade"))
          .addColumn("label", text, (column) => column.notNull())
          .addColumn("value", text, (column) => column.notNull())
          .addPrimaryKeyConstraint("registry_label_primary", ["alias", "label"])
          .execute();
        await query.schema
          .createIndex("registry_label_by_value")
          .on("registry_label")
          .columns(["label", "value", "alias"])
          .execute();
      },
    },
    "0002-keys": {
      async up(query) {
        const text = orderedText(query);
        await query.schema
          .createTable("registry_key")
          .addColumn("uri", text, (column) => column.primaryKey())
          .addColumn("provider", text, (column) => column.notNull())
          .addColumn("key_type", text, (column) => column.notNull())
          .addColumn("usages", text, (column) => column.notNull())
          .addColumn("label", text, (column) => column.notNull())
          .addColumn("half", text, (column) => column.notNull())
          .addColumn("public_key", "bytea")
          .addColumn("adopted_at", "bigint", (column) => column.notNull())
          .execute();
        await query.schema
          .createIndex("registry_key_by_provider")
          .on("registry_key")
          .columns(["provider", "uri"])
          .execute();
        await query.schema
          .createTable("registry_tag")
          .addColumn("key", text, (column) => column.notNull().references("registry_key.uri").onDelete("cascade"))
          .addColumn("tag", text, (column) => column.notNull())
          .addPrimaryKeyConstraint("registry_tag_primary", ["key", "tag"])
          .execute();
        await query.schema.createIndex("registry_tag_by_tag").on("registry_tag").columns(["tag", "key"]).execute();
      },
    },
    "0003-audit": {
      async up(query) {
        const text = orderedText(query);
        await query.schema
          .createTable("registry_audit")
          .addColumn("id", text, (column) => column.primaryKey())
          .addColumn("at", "bigint", (column) => column.notNull())
          .addColumn("action", text, (column) => column.notNull())
          .addColumn("actor", text, (column) => column.notNull())
          .addColumn("reason", text)
          .addColumn("run", text)
          .addColumn("undoes", text)
          .execute();
        await query.schema.createIndex("registry_audit_by_run").on("registry_audit").columns(["run", "id"]).execute();
        await query.schema
          .createTable("registry_audit_alias")
          .addColumn("audit", text, (column) => column.notNull().references("registry_audit.id"))
          .addColumn("position", "bigint", (column) => column.notNull())
          .addColumn("alias", text, (column) => column.notNull())
          .addColumn("from_key", text)
          .addColumn("to_key", text)
          .addColumn("version", "bigint", (column) => column.notNull())
          .addPrimaryKeyConstraint("registry_audit_alias_primary", ["audit", "position"])
          .execute();
        await query.schema
          .createIndex("registry_audit_alias_by_alias")
          .on("registry_audit_alias")
          .columns(["alias", "audit"])
          .execute();
        await query.schema
          .createTable("registry_audit_key")
          .addColumn("audit", text, (column) => column.notNull().references("registry_audit.id"))
          .addColumn("position", "bigint", (column) => column.notNull())
          .addColumn("key", text, (column) => column.notNull())
          .addPrimaryKeyConstraint("registry_audit_key_primary", ["audit", "position"])
          .execute();
      },
    },
  },
};

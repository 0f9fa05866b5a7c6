/** What an SQLite file is, before anything is written to it. */

import { DatabaseSync } from "node:sqlite";

/** Whether a file is a database of `component`: its tables are there. */
export type SqliteContent = "ours" | "nothing" | "foreign" | "unreadable";

/**
 * Looks into a file that is there, without changing it. `ours`: it has the tables of the component. `nothing`: an empty
 * file or database. `foreign`: another program's, or a key store of ours. `unreadable`: opening it will say why.
 */
export function sqliteContent(file: string, component: string): SqliteContent {
  try {
    using database = new DatabaseSync(file, { readOnly: true });
    const { application_id: application } = database.prepare("PRAGMA application_id").get() ?? {};
    if (application !== 0) return "foreign";
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const names = tables.map(({ name }) => String(name));
    if (names.includes(`keyrail_${component}_changes`)) return "ours";
    // Registry and journal may share a file.
    const shared = names.some((name) => /^keyrail_\w+_changes$/.test(name));
    return shared || names.length === 0 ? "nothing" : "foreign";
  } catch {
    return "unreadable";
  }
}

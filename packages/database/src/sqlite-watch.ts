import type { DatabaseSync } from "node:sqlite";
import type { ChangeWatch } from "./change-watch.ts";

/** SQLite counts the commits of other connections itself; asking takes about a microsecond. */
export function sqliteWatch(database: DatabaseSync): ChangeWatch {
  const statement = database.prepare("PRAGMA data_version");
  return {
    stamp() {
      try {
        const version = statement.get()?.["data_version"];
        return typeof version === "number" ? version : Number.NaN;
      } catch {
        // Equal to nothing, itself included: whoever asks then reads, and is told what is wrong.
        return Number.NaN;
      }
    },
  };
}

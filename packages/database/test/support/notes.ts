import type { DatabaseSchema } from "../../src/index.ts";

/** The tables of the tests. */
export interface Tables {
  note: { id: number; text: string };
}

/** The component that has them. */
export const NOTES: DatabaseSchema = {
  component: "notes",
  changes: {
    "0001-notes": {
      up: (query) =>
        query.schema
          .createTable("note")
          .addColumn("id", "integer", (column) => column.primaryKey())
          .addColumn("text", "text", (column) => column.notNull())
          .execute(),
    },
  },
};

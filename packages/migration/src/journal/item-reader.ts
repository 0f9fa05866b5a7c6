/** Reads items in pages by key, never by offset. */

import type { DatabaseKind } from "@keyrail/database";
import type { Selectable } from "kysely";
import type { ItemFilter, ItemState, JournalItem } from "./journal.ts";
import { ITEM_STATES } from "./journal.ts";
import type { JournalStore } from "./journal-store.ts";
import { isOneOf, type Query } from "./rows.ts";
import {
  errorSchema,
  itemStateSchema,
  proofSchema,
  readStored,
  readStoredJson,
  strategySchema,
  ticketSchema,
  verificationSchema,
} from "./stored-values.ts";
import { planSchemas } from "../plan/plan-schema.ts";
import type { ItemTable, PlannedTable, ResultTable } from "./tables.ts";

/** Items per query. */
const PAGE = 500;

/** An item with its plan and its results, as the database gives them. */
export type ItemRow = Pick<Selectable<ItemTable>, "ordinal" | "state" | "strategy" | "attempts" | "updated_at"> &
  Pick<Selectable<PlannedTable>, "planned"> &
  Omit<Selectable<ResultTable>, "run" | "ordinal">;

/** The rows of these ordinals, in their order. */
export function readRows(
  kind: DatabaseKind,
  query: Query,
  run: number,
  ordinals: readonly number[],
): Promise<ItemRow[]> {
  return wholeRows(query, run)
    .where(isOneOf(kind, "item.ordinal", ordinals))
    .execute();
}

// The type is the query's: what it selects is checked against ItemRow where it is executed.
// oxlint-disable-next-line typescript/explicit-function-return-type
function wholeRows(query: Query, run: number) {
  return query
    .selectFrom("migration_item as item")
    .innerJoin("migration_planned as plan", (join) =>
      join.onRef("plan.run", "=", "item.run").onRef("plan.ordinal", "=", "item.ordinal"),
    )
    .leftJoin("migration_result as result", (join) =>
      join.onRef("result.run", "=", "item.run").onRef("result.ordinal", "=", "item.ordinal"),
    )
    .select(["item.ordinal", "item.state", "item.strategy", "item.attempts", "item.updated_at", "plan.planned"])
    .select(["result.target", "result.target_public_key", "result.ticket"])
    .select(["result.proof", "result.verification", "result.error"])
    .where("item.run", "=", run)
    .orderBy("item.ordinal");
}

/** Items page by page. */
export async function* readItems(
  store: JournalStore,
  run: number,
  filter: ItemFilter,
): AsyncGenerator<JournalItem, void> {
  for (const state of statesOf(filter)) {
    let from = filter.from ?? 0;
    for (;;) {
      const start = from;
      const rows: ItemRow[] = await store.database.run((query) =>
        wholeRows(query, run)
          .where("item.ordinal", ">=", start)
          .$if(state !== undefined, (some) => some.where("item.state", "=", state ?? ""))
          .limit(PAGE)
          .execute(),
      );
      for (const row of rows) yield readItem(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      from = last.ordinal + 1;
    }
  }
}

function statesOf(filter: ItemFilter): readonly (ItemState | undefined)[] {
  if (filter.states !== undefined) return filter.states;
  if (filter.failuresFirst !== true) return [undefined];
  return ["failed", ...ITEM_STATES.filter((state) => state !== "failed")];
}

/** A row as an item. @throws KeyrailError `IntegrityFailed`. */
export function readItem(row: ItemRow): JournalItem {
  const { target, target_public_key: publicKey, ticket, proof, verification, error } = row;
  const place = `of the key ${row.ordinal}`;
  return {
    ordinal: row.ordinal,
    planned: readStoredJson(planSchemas.key, row.planned, `a plan ${place}`),
    strategy: readStored(strategySchema, row.strategy, `a strategy ${place}`),
    state: readStored(itemStateSchema, row.state, `a state ${place}`),
    attempts: row.attempts,
    ...(isNothing(target) ? {} : { target }),
    ...(isNothing(publicKey) ? {} : { targetPublicKey: publicKey }),
    ...(isNothing(ticket) ? {} : { ticket: readStoredJson(ticketSchema, ticket, `a ticket ${place}`) }),
    ...(isNothing(proof) ? {} : { proof: readStoredJson(proofSchema, proof, `a proof ${place}`) }),
    ...(verification === null
      ? {}
      : { verification: readStoredJson(verificationSchema, verification, `a verification ${place}`) }),
    ...(isNothing(error) ? {} : { error: readStoredJson(errorSchema, error, `an error ${place}`) }),
    updatedAt: row.updated_at,
  };
}

function isNothing(value: string | null): value is null | "" {
  return value === null || value === "";
}

import { sql } from "kysely";
import type { ItemState } from "./journal.ts";
import type { JournalStore } from "./journal-store.ts";

/** The name that the counts of items taken back are kept under. */
const RESUMER = "";

/** Gives failed items back to the state they had reached before they failed. */
export function retryFailed(store: JournalStore, run: number): Promise<number> {
  return store.change(async (query, now) => {
    const { rows } = await sql<{ state: ItemState }>`update migration_item
      set updated_at = ${now}, state = coalesce(
        (select case when proof is not null then 'proved' when target is not null then 'made' else 'planned' end
         from migration_result as result
         where result.run = migration_item.run and result.ordinal = migration_item.ordinal), 'planned')
      where run = ${run} and state = 'failed' and worker is null
      returning state`.execute(query);
    const counts = new Map<ItemState, number>([["failed", -rows.length]]);
    for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
    await store.count(query, run, RESUMER, counts);
    return rows.length;
  });
}

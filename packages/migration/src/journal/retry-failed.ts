import { sql } from "kysely";
import type { JournalStore } from "./journal-store.ts";
import { itemStateSchema, readStored, strategySchema } from "./stored-values.ts";
import { Tally } from "./tally.ts";

/** The name that the counts of items taken back are kept under. */
const RESUMER = "";

/** Gives failed items back to the state they had reached before they failed. */
export function retryFailed(store: JournalStore, run: number): Promise<number> {
  return store.change(async (query, now) => {
    const { rows } = await sql<{ state: string; strategy: string }>`update migration_item
      set updated_at = ${now}, state = coalesce(
        (select case when proof <> '' then 'proved' when target <> '' then 'made' else 'planned' end
         from migration_result as result
         where result.run = migration_item.run and result.ordinal = migration_item.ordinal), 'planned')
      where run = ${run} and state = 'failed' and worker is null
      returning state, strategy`.execute(query);
    const tally = new Tally();
    for (const row of rows) {
      const strategy = readStored(strategySchema, row.strategy, "a strategy");
      tally.add("failed", strategy, -1);
      tally.add(readStored(itemStateSchema, row.state, "a state"), strategy, 1);
    }
    await store.count(query, run, RESUMER, tally);
    return rows.length;
  });
}

/** A run over real providers, a journal and a registry, up to where a test begins. */

import { join } from "node:path";
import { type Registry, openRegistry } from "@keyrail/registry";
import {
  applyRun,
  type Journal,
  openJournal,
  openPlan,
  planMigration,
  type PlanOptions,
  writePlan,
} from "../../src/index.ts";
import { collect } from "./collect.ts";
import type { End } from "./ends.ts";

/** Everything a stage needs. */
export interface TestRun extends AsyncDisposable {
  readonly id: string;
  readonly journal: Journal;
  readonly registry: Registry;
  readonly source: End;
  readonly target: End;
  /** Applies the run. */
  apply(): Promise<void>;
  /** The key at the target of each key of the source that was made, by URI. */
  targets(): Promise<ReadonlyMap<string, string>>;
  /** URIs of the keys at an end. */
  keysAt(end: End): Promise<readonly string[]>;
}

/** Plans, and takes the plan into a journal. Nothing is applied yet. */
export async function startRun(
  folder: string,
  source: End,
  target: End,
  options: Partial<PlanOptions> = {},
): Promise<TestRun> {
  const file = join(folder, "plan.json");
  await writePlan(file, planMigration({ source: source.provider, target: target.provider, options }));
  const plan = await openPlan(file);
  const journal = await openJournal({ database: join(folder, "journal.sqlite") });
  const registry = await openRegistry({ database: join(folder, "registry.sqlite"), actor: "test" });
  const { id } = await journal.createRun(plan, { worker: "test" });
  return {
    id,
    journal,
    registry,
    source,
    target,
    async apply() {
      await applyRun({ journal, run: id, source: source.provider, target: target.provider });
    },
    async targets() {
      const made = new Map<string, string>();
      for await (const item of journal.items(id))
        if (item.target !== undefined) made.set(item.planned.source.uri, item.target);
      return made;
    },
    keysAt: async ({ catalog }) => (await collect(catalog.list())).map(({ uri }) => uri),
    async [Symbol.asyncDispose]() {
      await journal.close();
      await registry.close();
    },
  };
}

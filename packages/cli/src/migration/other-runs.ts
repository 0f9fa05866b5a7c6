/** Two runs must not move the same keys: each would make one at the target. */

import { KeyrailError } from "@keyrail/core";
import type { Journal, Plan, RunState } from "@keyrail/migration";

/** Runs that have ended and hold nothing any more. */
const ENDED: readonly RunState[] = ["finalised", "rolled-back"];

/**
 * Compares a plan with the runs of the journal between the same ends.
 * @throws KeyrailError `OperationRefused` when one of them moves, or has moved, a key of the plan and was neither finalised
 *   nor rolled back.
 */
export async function refuseOverlap(journal: Journal, { header, keys }: Plan): Promise<void> {
  const others = (await journal.runs()).filter(
    (run) =>
      run.id !== header.id &&
      !ENDED.includes(run.state) &&
      run.header.source.uri === header.source.uri &&
      run.header.target.uri === header.target.uri,
  );
  if (others.length === 0) return;
  const moving = new Set<string>();
  for await (const { strategy, source } of keys) if (strategy !== "retain") moving.add(source.uri);
  for (const { id, state } of others) {
    for await (const { strategy, planned } of journal.items(id)) {
      if (strategy === "retain" || !moving.has(planned.source.uri)) continue;
      throw new KeyrailError(
        "OperationRefused",
        `The run ${id}, which is ${state}, moves keys of this plan already, such as ${planned.source.uri}: finalize it or roll it back first, or go on with it.`,
        { provider: "migration", reason: "another run has these keys" },
      );
    }
  }
}

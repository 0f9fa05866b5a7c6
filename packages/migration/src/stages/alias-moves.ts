/** Which aliases a run has to do with: those that name keys of its source. */

import type { AliasSwitch, Registry } from "@keyrail/registry";
import type { ItemState, Journal, Run } from "../journal/journal.ts";

/** An alias that is not switched. */
export interface HeldAlias {
  readonly alias: string;
  /** The key URI it names. */
  readonly key: string;
  /** Where that key stands in the run; absent for a key that the run does not have. */
  readonly state?: ItemState;
}

/** The aliases of a run's source. */
export interface AliasMoves {
  /** They name keys that have been verified at the target. */
  readonly ready: readonly AliasSwitch[];
  /** They name keys that are to move and have not, or not yet. */
  readonly blocked: readonly HeldAlias[];
  /** They name keys that stay: retained ones, and keys that the run does not have. */
  readonly staying: readonly HeldAlias[];
}

/** Reads the aliases that name keys at the source, and where these keys stand. Memory grows with the aliases alone. */
export async function aliasMovesOf(journal: Journal, registry: Registry, run: Run): Promise<AliasMoves> {
  const byKey = new Map<string, string[]>();
  for await (const { name, current } of registry.aliases({ provider: run.header.source.uri })) {
    const names = byKey.get(current.key);
    if (names === undefined) byKey.set(current.key, [name]);
    else names.push(name);
  }
  const ready: AliasSwitch[] = [];
  const blocked: HeldAlias[] = [];
  const staying: HeldAlias[] = [];
  if (byKey.size > 0) {
    for await (const { planned, state, target } of journal.items(run.id)) {
      const from = planned.source.uri;
      for (const alias of byKey.get(from) ?? []) {
        if (state === "verified" && target !== undefined) ready.push({ alias, from, to: target });
        else if (state === "retained") staying.push({ alias, key: from, state });
        else blocked.push({ alias, key: from, state });
      }
      byKey.delete(from);
    }
  }
  for (const [key, names] of byKey) staying.push(...names.map((alias) => ({ alias, key })));
  return { ready, blocked, staying };
}

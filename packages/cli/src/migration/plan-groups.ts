/** A plan for people: what happens to how many keys, and why. */

import { type PlannedKey, type Strategy, STRATEGIES } from "@keyrail/migration";

/** Keys that are planned alike. */
export interface PlanGroup {
  readonly strategy: Strategy;
  readonly keyType: string;
  readonly reason: string;
  readonly keys: number;
  /** Labels of the first few. */
  readonly labels: readonly string[];
}

/** Labels kept of a group. */
const LABELS = 3;
/** More groups than this are not told apart: reasons are few, but a provider may put anything into one. */
const MAXIMUM_GROUPS = 200;

/** Gathers the keys of a plan as they go by; memory does not grow with them. */
export class PlanGroups {
  readonly #groups = new Map<string, { -readonly [Member in keyof PlanGroup]: PlanGroup[Member] }>();

  add({ strategy, reason, source }: PlannedKey): void {
    const id = JSON.stringify([strategy, source.keyType, reason]);
    const group = this.#groups.get(id);
    if (group === undefined) {
      if (this.#groups.size >= MAXIMUM_GROUPS) return this.#addToRest(strategy);
      this.#groups.set(id, { strategy, keyType: source.keyType, reason, keys: 1, labels: [source.label] });
      return;
    }
    group.keys++;
    if (group.labels.length < LABELS) group.labels = [...group.labels, source.label];
  }

  #addToRest(strategy: Strategy): void {
    const rest = this.#groups.get(strategy);
    if (rest === undefined) {
      this.#groups.set(strategy, { strategy, keyType: "others", reason: "for other reasons", keys: 1, labels: [] });
    } else rest.keys++;
  }

  /** By strategy, the largest first. */
  get all(): readonly PlanGroup[] {
    return [...this.#groups.values()].toSorted(
      (left, right) =>
        STRATEGIES.indexOf(left.strategy) - STRATEGIES.indexOf(right.strategy) || right.keys - left.keys,
    );
  }
}

/** The keys, each told to `groups` as it goes by. */
export async function* grouped(keys: AsyncIterable<PlannedKey>, groups: PlanGroups): AsyncGenerator<PlannedKey> {
  for await (const key of keys) {
    groups.add(key);
    yield key;
  }
}

/** The rows of a table: strategy, how many, type, why. */
export function groupRows(groups: readonly PlanGroup[]): string[][] {
  return groups.map(({ strategy, keys, keyType, reason }) => [strategy, String(keys), keyType, reason]);
}

/** The head of {@link groupRows}. */
export const GROUP_COLUMNS: readonly string[] = ["strategy", "keys", "type", "why"];

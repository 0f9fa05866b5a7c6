/** A plan for people: what happens to how many keys, and why. */

import { printable } from "@keyrail/core";
import type { PlannedKey, Strategy } from "@keyrail/migration";

/** Keys that are planned alike. */
export interface PlanGroup {
  readonly strategy: Strategy;
  /** Why, without the key's type. */
  readonly reason: string;
  readonly keys: number;
  /** How many of each type. */
  readonly keyTypes: Readonly<Record<string, number>>;
}

/** More groups than this are not told apart: reasons are few, but a provider may put anything into one. */
const MAXIMUM_GROUPS = 200;

const ORDER: Readonly<Record<Strategy, number>> = { import: 0, rotate: 1, adopt: 2, retain: 3 };

interface GrowingGroup extends PlanGroup {
  keys: number;
  readonly keyTypes: Record<string, number>;
}

/** Gathers the keys of a plan as they go by; memory does not grow with them. */
export class PlanGroups {
  readonly #groups = new Map<string, GrowingGroup>();

  add({ strategy, reason, source: { keyType } }: PlannedKey): void {
    const group = this.#groupOf(strategy, reason.replaceAll(` (${keyType})`, ""));
    group.keys += 1;
    group.keyTypes[keyType] = (group.keyTypes[keyType] ?? 0) + 1;
  }

  #groupOf(strategy: Strategy, why: string): GrowingGroup {
    const known = this.#groups.get(`${strategy} ${why}`);
    if (known !== undefined) return known;
    const reason = this.#groups.size < MAXIMUM_GROUPS ? why : "for other reasons";
    const id = `${strategy} ${reason}`;
    const group = this.#groups.get(id) ?? { strategy, reason, keys: 0, keyTypes: {} };
    this.#groups.set(id, group);
    return group;
  }

  /** By strategy, the largest first. */
  get all(): readonly PlanGroup[] {
    return [...this.#groups.values()].toSorted(
      (left, right) => ORDER[left.strategy] - ORDER[right.strategy] || right.keys - left.keys,
    );
  }
}

/** The keys, each told to `groups` as it goes by. */
export async function* grouped(
  keys: AsyncIterable<PlannedKey>,
  groups: PlanGroups,
): AsyncGenerator<PlannedKey, void, undefined> {
  for await (const key of keys) {
    groups.add(key);
    yield key;
  }
}

/** The rows of a table: strategy, how many, which types, why. */
export function groupRows(groups: readonly PlanGroup[]): string[][] {
  return groups.map(({ strategy, keys, keyTypes, reason }) => {
    const types = Object.entries(keyTypes).map(([keyType, count]) => (count === 1 ? keyType : `${count} ${keyType}`));
    return [strategy, String(keys), types.join(", "), printable(reason)];
  });
}

/** The head of {@link groupRows}. */
export const GROUP_COLUMNS: readonly string[] = ["strategy", "keys", "types", "why"];

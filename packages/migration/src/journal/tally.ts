import type { Strategy } from "../plan/plan.ts";
import type { ItemState } from "./journal.ts";

/** Counts, or differences of counts, by state and strategy. */
export class Tally implements Iterable<readonly [ItemState, Strategy, number]> {
  readonly #counts = new Map<ItemState, Map<Strategy, number>>();

  add(state: ItemState, strategy: Strategy, items: number): void {
    const ofState = this.#counts.get(state) ?? new Map<Strategy, number>();
    ofState.set(strategy, (ofState.get(strategy) ?? 0) + items);
    this.#counts.set(state, ofState);
  }

  *[Symbol.iterator](): Generator<readonly [ItemState, Strategy, number], void> {
    for (const [state, ofState] of this.#counts)
      for (const [strategy, items] of ofState) yield [state, strategy, items];
  }
}

/** How far a run is, and how long it will take. */

import { ITEM_STATES, type ItemCounts, type ItemState } from "../journal/journal.ts";
import type { Strategy } from "../plan/plan.ts";

/** How far a run is, by what is durable in the journal. */
export interface ApplyProgress {
  /** Keys of the run that are not retained. */
  readonly total: number;
  /** Keys with nothing left to do: verified and everything after it. */
  readonly done: number;
  readonly failed: number;
  /** Keys that wait for an approval. */
  readonly waiting: number;
  /** Keys made at the target or further, not done. */
  readonly underway: number;
  /** The same by strategy. */
  readonly strategies: Readonly<Record<Exclude<Strategy, "retain">, { readonly total: number; readonly done: number }>>;
  /** Keys finished per second by all workers, over the last half minute; absent before anything is known. */
  readonly perSecond?: number;
  /** Seconds until nothing is left that does not wait for people; absent before anything is known. */
  readonly remainingSeconds?: number;
}

/** The last so many milliseconds make the rate. */
const WINDOW = 30_000;

const DONE: readonly ItemState[] = ["verified", "finalised", "rolled-back"];
const MOVED = ["import", "rotate", "adopt"] as const satisfies readonly Strategy[];

/** Makes progress of the journal's counts, which are of all workers. */
export class ProgressMeter {
  /** Keys that were finished, well or not, at moments of the window, oldest first. */
  readonly #points: { readonly at: number; readonly finished: number }[] = [];

  /** @param now milliseconds of any steady clock. */
  observe(counts: Readonly<Record<Strategy, ItemCounts>>, now: number = performance.now()): ApplyProgress {
    const sum = (states: readonly ItemState[], of: readonly Strategy[] = MOVED): number =>
      of.reduce((all, strategy) => all + states.reduce((some, state) => some + counts[strategy][state], 0), 0);
    const ofStrategy = (strategy: Strategy): { total: number; done: number } => ({
      total: sum(ITEM_STATES, [strategy]),
      done: sum(DONE, [strategy]),
    });
    const perSecond = this.#rate({ at: now, finished: sum([...DONE, "failed"]) });
    const left = sum(["planned", "made", "proved"]);
    return {
      total: sum(ITEM_STATES),
      done: sum(DONE),
      failed: sum(["failed"]),
      waiting: sum(["waiting"]),
      underway: sum(["made", "proved"]),
      strategies: { import: ofStrategy("import"), rotate: ofStrategy("rotate"), adopt: ofStrategy("adopt") },
      ...(perSecond === undefined ? {} : { perSecond, remainingSeconds: left / perSecond }),
    };
  }

  #rate(point: { readonly at: number; readonly finished: number }): number | undefined {
    this.#points.push(point);
    while (this.#points.length > 2 && point.at - (this.#points[1]?.at ?? point.at) > WINDOW) this.#points.shift();
    const first = this.#points[0] ?? point;
    if (point.at <= first.at || point.finished <= first.finished) return undefined;
    return ((point.finished - first.finished) * 1000) / (point.at - first.at);
  }
}

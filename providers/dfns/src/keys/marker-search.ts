/** Finds keys by the marker in their names: everybody who looks at the same time shares one reading of the list. */

import { CallBudget } from "../client/call-budget.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { isArchived } from "./key-directory.ts";
import type { KeyPages } from "./key-pages.ts";
import { partsOfName } from "./name-marker.ts";

/** One reading of the list, and the intents that are looked for in it. */
interface Reading {
  readonly wanted: Set<string>;
  readonly found: Promise<ReadonlyMap<string, DfnsKey>>;
}

/** Looks for keys that an idempotency key made. Memory does not grow with the number of keys. */
export class MarkerSearch {
  readonly #pages: KeyPages;
  #running: Promise<unknown> = Promise.resolve();
  /** Not begun yet: whoever asks now may still join, since all it will read is read after the question. */
  #next: Reading | undefined;

  constructor(pages: KeyPages) {
    this.#pages = pages;
  }

  /**
   * The key an intent made, as Dfns lists it now, archived ones apart. The list is read to its end when there is none,
   * and without the limits of any single caller, since several wait for it.
   */
  async find(intent: string): Promise<DfnsKey | undefined> {
    const reading = (this.#next ??= this.#begin());
    reading.wanted.add(intent);
    return (await reading.found).get(intent);
  }

  #begin(): Reading {
    const wanted = new Set<string>();
    const found = this.#running.then(() => {
      this.#next = undefined;
      return this.#read(wanted);
    });
    this.#running = found.catch(() => undefined);
    return { wanted, found };
  }

  async #read(wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, DfnsKey>> {
    const found = new Map<string, DfnsKey>();
    for await (const key of this.#pages.keys(new CallBudget("look for a key by its marker", undefined))) {
      const intent = partsOfName(key.name ?? "").marker?.intent;
      if (intent === undefined || !wanted.has(intent) || isArchived(key)) continue;
      found.set(intent, key);
      if (found.size === wanted.size) break;
    }
    return found;
  }
}

/** Rows of a table in pages by key: each page begins after the last row of the one before, never at a row number. */

import { setImmediate as nextTurn } from "node:timers/promises";

/** Rows per query. */
export const PAGE = 500;

/** Gives the items of all pages. `read` gives the page after an item, or the first one. */
export async function* pages<Item>(
  read: (after: Item | undefined) => Promise<readonly Item[]>,
): AsyncGenerator<Item, void, undefined> {
  let after: Item | undefined;
  for (;;) {
    const page = await read(after);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1);
    // SQLite answers without a turn of the event loop: others are to have theirs.
    await nextTurn();
  }
}

/** Takes a list apart into lists of at most `size`. */
export function chunks<Item>(items: readonly Item[], size: number = PAGE): readonly (readonly Item[])[] {
  const lists: Item[][] = [];
  for (let start = 0; start < items.length; start += size) lists.push(items.slice(start, start + size));
  return lists;
}

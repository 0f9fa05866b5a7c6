/** Walking the pages of a list or a search so that no key is missed and none is given twice. */

import type { KeyEntry, KeyPage } from "../client/key-endpoints.ts";
import { unavailable, unexpected } from "../errors.ts";

/** Far above the capacity of the device (about 3,170 slots): a walk that finds more is not a walk. */
const MAXIMUM_ENTRIES = 100_000;

/**
 * Every entry once.
 *
 * The device counts pages in records to skip, so a record deleted before the offset moves the later ones forward past
 * it. Deletions are seen in the page's counts; the walk then goes back as far, and entries seen before are left out.
 *
 * @param fetch the page at an offset; undefined when the device answers 406.
 * @param totalEnds whether `total` counts what is walked: a search's does not, so it goes on until a page is empty.
 */
export async function* walk(
  fetch: (offset: number) => Promise<KeyPage | undefined>,
  totalEnds: boolean,
): AsyncGenerator<KeyEntry, void, undefined> {
  const seen = new Set<string>();
  let offset = 0;
  let previous: KeyPage | undefined;
  let fruitless = 0;
  for (;;) {
    const page = await fetch(offset);
    if (page === undefined) throw unavailable("its key repository is busy (406)", { after: 1000 });
    const removed = previous === undefined ? 0 : removedSince(previous, page);
    previous = page;
    const before = seen.size;
    for (const entry of page.entries) {
      if (seen.has(entry.kid)) continue;
      seen.add(entry.kid);
      yield entry;
    }
    fruitless = seen.size === before && removed === 0 ? fruitless + 1 : 0;
    if (seen.size > MAXIMUM_ENTRIES || (fruitless > 1 && page.entries.length > 0)) {
      throw unexpected("its list of keys does not end", { mutates: false });
    }
    if (removed > 0 && offset > 0) {
      offset = Math.max(0, offset - removed);
      continue;
    }
    offset += page.entries.length;
    if (page.entries.length === 0 || (totalEnds && offset >= page.total)) return;
  }
}

/** How many records may have gone between two pages. Firmware without `deleted` shows it in the total alone. */
function removedSince(before: KeyPage, after: KeyPage): number {
  const byTotal = before.total - after.total;
  const byCount = before.deleted === undefined || after.deleted === undefined ? 0 : after.deleted - before.deleted;
  return Math.max(0, byTotal, byCount);
}

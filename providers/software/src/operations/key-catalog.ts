import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallOptions, KeyCatalog, KeyRecord, ListOptions, RenameRequest, SearchRequest } from "@keyrail/core";
import { recordOf } from "../keys/cached-key.ts";
import type { KeyAccess } from "../keys/key-access.ts";
import { keyNotFound } from "../keys/key-errors.ts";
import type { ScanFilter } from "../store/key-entry-store.ts";
import { recordsDamaged } from "../store/store-errors.ts";

const DEFAULT_PAGE = 256;
const MAXIMUM_PAGE = 1000;

/**
 * `KeyCatalog`. `list` and `search` give every intact record and then reject with `IntegrityFailed` naming the damaged ones,
 * so that nothing is hidden and nothing intact is lost. `search` by label or description goes through the indexes, so a record
 * whose label was edited in the file is met by `list` and by its id.
 */
export class SoftwareKeyCatalog implements KeyCatalog {
  readonly #keys: KeyAccess;

  constructor(keys: KeyAccess) {
    this.#keys = keys;
  }

  async get(id: string): Promise<KeyRecord> {
    return this.#keys.get(id).record;
  }

  list(options?: ListOptions): AsyncIterable<KeyRecord> {
    return this.#scan({}, options);
  }

  search(request: SearchRequest, options?: ListOptions): AsyncIterable<KeyRecord> {
    return this.#scan(request, options);
  }

  async rename(request: RenameRequest, options?: CallOptions): Promise<KeyRecord> {
    const { key: id, ...change } = request;
    const entry = await this.#keys.store.rename(id, change, options?.signal);
    if (entry === undefined) throw keyNotFound(this.#keys.uriOf(id));
    return this.#keys.renamed(entry);
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    const removed = await this.#keys.store.remove(id, options?.signal);
    this.#keys.forget(id);
    if (!removed) throw keyNotFound(this.#keys.uriOf(id));
  }

  async *#scan(filter: ScanFilter, options: ListOptions | undefined): AsyncGenerator<KeyRecord, void, undefined> {
    const pageSize = Math.min(options?.pageSize ?? DEFAULT_PAGE, MAXIMUM_PAGE);
    const damaged: string[] = [];
    let met = 0;
    for (const record of this.#keys.store.scan(filter, pageSize)) {
      if ("damaged" in record) damaged.push(record.damaged);
      else yield recordOf(this.#keys.uriOf(record.id), record);
      // Reading is synchronous: others get their turn after each page.
      if (++met % pageSize === 0) await nextTurn();
    }
    if (damaged.length > 0) throw recordsDamaged(this.#keys.uri, damaged);
  }
}

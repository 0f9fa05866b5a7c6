/** `KeyCatalog` over `GET /keys`, `PUT` and `DELETE` (dfns.md, section 4). */

import {
  type CallOptions,
  type KeyCatalog,
  type KeyRecord,
  KeyrailError,
  type ListOptions,
  type RenameRequest,
  type SearchRequest,
} from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import { CallBudget } from "../client/call-budget.ts";
import { deleteKey } from "../client/requests.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { kindOf, PROVIDER_NAME } from "../mapping.ts";
import { checkId, isArchived, type KeyDirectory, unknownKind } from "./key-directory.ts";
import type { KeyPages } from "./key-pages.ts";
import { markedName } from "./name-marker.ts";
import { renameTo } from "./rename.ts";
import { settle } from "./settlement.ts";

/** What the catalog is made of. */
export interface DfnsKeyCatalogOptions {
  readonly api: ApiClient;
  readonly directory: KeyDirectory;
  readonly pages: KeyPages;
  /** Whether archived keys are shown. */
  readonly archived: boolean;
}

/** Finds, names and archives keys. */
export class DfnsKeyCatalog implements KeyCatalog {
  readonly #options: DfnsKeyCatalogOptions;
  /** Kinds already reported by a warning. */
  readonly #reported = new Set<string>();

  constructor(options: DfnsKeyCatalogOptions) {
    this.#options = options;
  }

  async get(id: string, options?: CallOptions): Promise<KeyRecord> {
    const { directory } = this.#options;
    const key = await directory.read(id, new CallBudget("read a key", options));
    if (!this.#shows(key)) {
      directory.forget(id);
      throw new KeyrailError("KeyNotFound", `The Dfns key ${id} is archived.`, { key: id });
    }
    return directory.record(key);
  }

  async *list(options?: ListOptions): AsyncGenerator<KeyRecord, void, undefined> {
    const { directory, pages } = this.#options;
    for await (const key of pages.keys(new CallBudget("list keys", options), options?.pageSize)) {
      if (!this.#shows(key)) continue;
      if (kindOf(key.scheme, key.curve) === undefined) this.#report(key);
      else yield directory.record(key);
    }
  }

  async *search({ label }: SearchRequest, options?: ListOptions): AsyncGenerator<KeyRecord, void, undefined> {
    for await (const record of this.list(options)) if (record.label === label) yield record;
  }

  async rename({ key: id, label }: RenameRequest, options?: CallOptions): Promise<KeyRecord> {
    const { api, directory } = this.#options;
    if (label === undefined) throw new KeyrailError("InvalidRequest", "Give a new label.", { path: "label" });
    const call = new CallBudget("rename a key", options, true);
    const { marker } = await directory.facts(id, call);
    // The marker of an intent stays, where there is room for it.
    const name = marker === undefined ? label : (markedName(label, marker) ?? label);
    return directory.record(await renameTo(api, id, name, call));
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    const { api, directory } = this.#options;
    checkId(id);
    const call = new CallBudget("archive a key", options, true);
    await settle(api, deleteKey(id), call, async () => {
      const key = await directory.read(id, call);
      return isArchived(key) ? key : undefined;
    });
    directory.forget(id);
  }

  #shows(key: DfnsKey): boolean {
    return this.#options.archived || !isArchived(key);
  }

  /** A key that no record can be made of is left out of a list, but never silently. */
  #report(key: DfnsKey): void {
    const name = `${key.scheme} ${key.curve}`;
    if (this.#reported.has(name)) return;
    this.#reported.add(name);
    process.emitWarning(`${unknownKind(key).message} It is left out of lists.`, {
      code: `KEYRAIL_${PROVIDER_NAME.toUpperCase()}`,
    });
  }
}

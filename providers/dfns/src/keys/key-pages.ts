/** `GET /keys`, page by page (dfns.md, sections 4 and 10). */

import { KeyrailError } from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import type { CallBudget } from "../client/call-budget.ts";
import { listKeys } from "../client/requests.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { PROVIDER_NAME } from "../mapping.ts";

/** Largest page asked for: the limit is not published, 1,000 is assumed (dfns.md, section 12). */
const MAXIMUM_PAGE = 1000;

/** Reads the organisation's keys. */
export class KeyPages {
  readonly #api: ApiClient;
  readonly #pageSize: number;

  constructor(api: ApiClient, pageSize: number) {
    this.#api = api;
    this.#pageSize = pageSize;
  }

  /** Every key this caller may see, archived ones too, newest first as far as is known. One page is held at a time. */
  async *keys(call: CallBudget, pageSize: number = this.#pageSize): AsyncGenerator<DfnsKey, void, undefined> {
    const limit = Math.min(pageSize, MAXIMUM_PAGE);
    let token: string | undefined;
    do {
      const page = await this.#api.read(listKeys(limit, token), call);
      yield* page.items;
      const next = page.nextPageToken ?? undefined;
      // A token that comes back would never end.
      if (next !== undefined && next === token) {
        throw new KeyrailError("UnexpectedResponse", "Dfns gives the same page of keys again and again.", {
          provider: PROVIDER_NAME,
          reason: "repeated nextPageToken",
        });
      }
      token = next;
    } while (token !== undefined && token !== "");
  }

  /** The first key that fits. */
  async find(fits: (key: DfnsKey) => boolean, call: CallBudget): Promise<DfnsKey | undefined> {
    for await (const key of this.keys(call)) if (fits(key)) return key;
    return undefined;
  }
}

/**
 * `idempotencyKey` for calls that make keys. Dfns has none for them (dfns.md, section 10), so it is settled here: this
 * process remembers what it has made, and a key that only its name tells from others carries a marker in it.
 */

import { type CallOptions, KeyrailError } from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import type { ChangeRequestDescription } from "../client/request-description.ts";
import type { CallBudget } from "../client/call-budget.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { isArchived, type KeyDirectory } from "./key-directory.ts";
import type { KeyPages } from "./key-pages.ts";
import { MarkerSearch } from "./marker-search.ts";
import {
  type Fingerprint,
  fingerprintOf,
  type Marker,
  markedName,
  markerOf,
  partsOfName,
  pendingName,
} from "./name-marker.ts";
import { renameTo } from "./rename.ts";
import { settle } from "./settlement.ts";

interface Made {
  readonly fingerprint: string;
  readonly key: Promise<string>;
}

/** A key with a marker. */
interface Marked {
  readonly id: string;
  readonly request: string;
}

const MAXIMUM_REMEMBERED = 10_000;

/** Gives each idempotency key one key. */
export class IdempotentMaking {
  readonly #api: ApiClient;
  readonly #pages: KeyPages;
  readonly #directory: KeyDirectory;
  readonly #search: MarkerSearch;
  /** By idempotency key, oldest first. */
  readonly #made = new Map<string, Made>();
  /** Keys with a marker, by intent; read once, at the first call that needs it, and kept up to date after. */
  #marked: Promise<Map<string, Marked>> | undefined;

  constructor(api: ApiClient, pages: KeyPages, directory: KeyDirectory) {
    this.#api = api;
    this.#pages = pages;
    this.#directory = directory;
    this.#search = new MarkerSearch(pages);
  }

  /**
   * Runs `make`, or gives the key that it made before in this process.
   * @throws KeyrailError `IdempotencyConflict` when the idempotency key was used for another request.
   */
  async once(
    idempotencyKey: string | undefined,
    fingerprint: Fingerprint,
    call: CallBudget,
    make: () => Promise<DfnsKey>,
  ): Promise<DfnsKey> {
    if (idempotencyKey === undefined) return make();
    const digest = fingerprintOf(fingerprint);
    const before = this.#made.get(idempotencyKey);
    if (before !== undefined) {
      if (before.fingerprint !== digest) throw conflict(idempotencyKey);
      const key = await this.#directory.read(await before.key, call);
      // An archived key is gone: as in another process, which would not find its marker, another is made.
      if (!isArchived(key)) return key;
      if (this.#made.get(idempotencyKey) === before) this.#made.delete(idempotencyKey);
      return this.once(idempotencyKey, fingerprint, call, make);
    }
    const making = make();
    const id = making.then((key) => key.id);
    // Whoever waits for it gets the error; nobody may be waiting.
    id.catch(() => undefined);
    this.#remember(idempotencyKey, { fingerprint: digest, key: id });
    try {
      return await making;
    } catch (error) {
      this.#made.delete(idempotencyKey);
      throw error;
    }
  }

  /**
   * Makes a key that nothing but its name tells from others. With an idempotency key it is made under a name with a
   * marker, by which this process or a later one finds it again. When the label leaves no room for the marker, the key is
   * made under a name of its own and renamed to its label at once; the intent is then known by the marker until the
   * renaming, and after it in this process only.
   *
   * @param request the request, with this name.
   */
  async byMarker(
    options: CallOptions | undefined,
    fingerprint: Fingerprint,
    label: string,
    request: (name: string) => ChangeRequestDescription<DfnsKey>,
    call: CallBudget,
  ): Promise<DfnsKey> {
    const idempotencyKey = options?.idempotencyKey;
    if (idempotencyKey === undefined) return this.#api.changeUnsettled(request(label), call);
    const marker = markerOf(idempotencyKey, fingerprint);
    const name = markedName(label, marker);
    const known = await this.#earlier(marker.intent, options?.earlierAttempt, call);
    if (known !== undefined && known.request !== marker.request) throw conflict(idempotencyKey);
    const earlier = known === undefined ? undefined : await this.#directory.read(known.id, call);
    const key =
      earlier === undefined || isArchived(earlier)
        ? await this.#makeMarked(marker, request(name ?? pendingName(marker)), call)
        : earlier;
    if (name !== undefined || partsOfName(key.name ?? "").marker === undefined) {
      this.#learn(marker, key.id);
      return key;
    }
    return renameTo(this.#api, key.id, label, call);
  }

  /** The key that an intent made before, found as the caller's knowledge allows. */
  async #earlier(
    intent: string,
    earlierAttempt: CallOptions["earlierAttempt"],
    call: CallBudget,
  ): Promise<Marked | undefined> {
    switch (earlierAttempt) {
      case "none":
        return undefined;
      case "possible": {
        const key = await this.#search.find(intent);
        const request = partsOfName(key?.name ?? "").marker?.request;
        return key === undefined || request === undefined ? undefined : { id: key.id, request };
      }
      case undefined:
        return (await this.#markedKeys(call)).get(intent);
    }
  }

  /** Keeps what was read up to date, if it was read at all. */
  #learn({ intent, request }: Marker, id: string): void {
    this.#marked?.then(
      (marked) => marked.set(intent, { id, request }),
      () => undefined,
    );
  }

  async #makeMarked(
    { intent }: Marker,
    request: ChangeRequestDescription<DfnsKey>,
    call: CallBudget,
  ): Promise<DfnsKey> {
    try {
      return await settle(this.#api, request, call, () => this.#search.find(intent));
    } catch (error) {
      // It may be there after all: the next attempt has to look again.
      if (error instanceof KeyrailError && error.retry === "unknown-outcome") this.#marked = undefined;
      throw error;
    }
  }

  #markedKeys(call: CallBudget): Promise<Map<string, Marked>> {
    const reading = (this.#marked ??= this.#readMarked(call));
    reading.catch(() => {
      if (this.#marked === reading) this.#marked = undefined;
    });
    return reading;
  }

  async #readMarked(call: CallBudget): Promise<Map<string, Marked>> {
    const marked = new Map<string, Marked>();
    for await (const key of this.#pages.keys(call)) {
      const { marker } = partsOfName(key.name ?? "");
      if (marker !== undefined && !isArchived(key)) marked.set(marker.intent, { id: key.id, request: marker.request });
    }
    return marked;
  }

  #remember(idempotencyKey: string, made: Made): void {
    this.#made.set(idempotencyKey, made);
    if (this.#made.size <= MAXIMUM_REMEMBERED) return;
    const oldest = this.#made.keys().next();
    if (oldest.done !== true) this.#made.delete(oldest.value);
  }
}

function conflict(idempotencyKey: string): KeyrailError<"IdempotencyConflict"> {
  return new KeyrailError(
    "IdempotencyConflict",
    "This idempotency key was used for another request; take a new one for a new intent.",
    { idempotencyKey },
  );
}

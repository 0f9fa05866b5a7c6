/**
 * `idempotencyKey` for calls that make keys. Dfns has none for them (dfns.md, section 10), so it is settled here: this
 * process remembers what it has made; and a key that has to be found again carries a marker as its name until it is
 * safely answered, and then its wanted name.
 */

import { createHash } from "node:crypto";
import { KeyrailError } from "@keyrail/core";
import { type ApiClient, type ChangeRequestDescription } from "../client/api-client.ts";
import type { CallBudget } from "../client/call-budget.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { isArchived, type KeyDirectory } from "./key-directory.ts";
import { renameKey } from "./key-catalog.ts";
import type { KeyPages } from "./key-pages.ts";
import { settle } from "./settlement.ts";

/** What a request for a new key comes down to: equal fingerprints, equal requests. Holds no secret. */
export type Fingerprint = readonly (string | boolean | undefined)[];

interface Made {
  readonly fingerprint: string;
  readonly key: Promise<string>;
}

const MAXIMUM_REMEMBERED = 10_000;
const MARKER_PREFIX = "keyrail-pending-";

/** Gives each idempotency key one key. */
export class IdempotentMaking {
  readonly #api: ApiClient;
  readonly #pages: KeyPages;
  readonly #directory: KeyDirectory;
  /** By idempotency key, oldest first. */
  readonly #made = new Map<string, Made>();
  /** Keys that still carry a marker, by name: what an earlier process, or a lost answer, left behind. */
  #leftovers: Promise<Map<string, DfnsKey>> | undefined;

  constructor(api: ApiClient, pages: KeyPages, directory: KeyDirectory) {
    this.#api = api;
    this.#pages = pages;
    this.#directory = directory;
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
    const digest = digestOf(fingerprint);
    const before = this.#made.get(idempotencyKey);
    if (before !== undefined) {
      if (before.fingerprint !== digest) throw conflict(idempotencyKey);
      return this.#directory.read(await before.key, call);
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
   * Makes a key that nothing but its name tells from others. With an idempotency key it is made under a marker, found by
   * it when the answer is lost, in this process or a later one, and then given its name.
   *
   * @param request the request, with this name or none.
   */
  async byMarker(
    idempotencyKey: string | undefined,
    fingerprint: Fingerprint,
    label: string,
    request: (name: string) => ChangeRequestDescription<DfnsKey>,
    call: CallBudget,
  ): Promise<DfnsKey> {
    if (idempotencyKey === undefined) return this.#api.changeUnsettled(request(label), call);
    const prefix = `${MARKER_PREFIX}${shortHash(idempotencyKey, 16)}-`;
    const marker = `${prefix}${shortHash(digestOf(fingerprint), 8)}`;
    const leftovers = await this.#left(call);
    const leftover = [...leftovers.values()].find((key) => key.name?.startsWith(prefix) === true);
    if (leftover !== undefined && leftover.name !== marker) throw conflict(idempotencyKey);
    const key = leftover ?? (await this.#makeUnder(marker, request, call));
    leftovers.set(marker, key);
    const named = await renameKey(this.#api, key.id, label, call);
    leftovers.delete(marker);
    return named;
  }

  async #makeUnder(
    marker: string,
    request: (name: string) => ChangeRequestDescription<DfnsKey>,
    call: CallBudget,
  ): Promise<DfnsKey> {
    try {
      return await settle(this.#api, request(marker), call, () =>
        this.#pages.find((key) => key.name === marker && !isArchived(key), call),
      );
    } catch (error) {
      // It may be there after all: the next attempt has to look again.
      if (error instanceof KeyrailError && error.retry === "unknown-outcome") this.#leftovers = undefined;
      throw error;
    }
  }

  #left(call: CallBudget): Promise<Map<string, DfnsKey>> {
    const reading = (this.#leftovers ??= this.#readLeftovers(call));
    reading.catch(() => {
      if (this.#leftovers === reading) this.#leftovers = undefined;
    });
    return reading;
  }

  async #readLeftovers(call: CallBudget): Promise<Map<string, DfnsKey>> {
    const leftovers = new Map<string, DfnsKey>();
    for await (const key of this.#pages.keys(call)) {
      if (key.name?.startsWith(MARKER_PREFIX) === true && !isArchived(key)) leftovers.set(key.name, key);
    }
    return leftovers;
  }

  #remember(idempotencyKey: string, made: Made): void {
    this.#made.set(idempotencyKey, made);
    if (this.#made.size <= MAXIMUM_REMEMBERED) return;
    const oldest = this.#made.keys().next();
    if (oldest.done !== true) this.#made.delete(oldest.value);
  }
}

function digestOf(fingerprint: Fingerprint): string {
  return createHash("sha256").update(JSON.stringify(fingerprint)).digest("base64url");
}

function shortHash(text: string, bytes: number): string {
  return createHash("sha256").update(text).digest().subarray(0, bytes).toString("base64url");
}

function conflict(idempotencyKey: string): KeyrailError<"IdempotencyConflict"> {
  return new KeyrailError(
    "IdempotencyConflict",
    "This idempotency key was used for another request; take a new one for a new intent.",
    { idempotencyKey },
  );
}

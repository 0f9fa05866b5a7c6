/** Every key a run made, until it is gone again. */

import { isKeyrailError, type KeyRecord, type Provider } from "@keyrail/core";

/** What the clean-up of a run did. */
export interface CleanUp {
  /** Keys the run made, lost ones included. */
  readonly made: number;
  readonly removed: number;
  /** Keys that are still there, and why. */
  readonly remaining: readonly RemainingKey[];
}

/** A key that could not be removed. */
export interface RemainingKey {
  readonly uri: string;
  readonly label: string;
  readonly reason: string;
}

interface Entry {
  readonly record: KeyRecord;
  readonly order: number;
  reason?: string;
}

/** Keeps track of keys by URI; labels that start with the run's prefix find those whose answer was lost. */
export class KeyLedger {
  readonly labelPrefix: string;
  readonly #open = new Map<string, Entry>();
  /** Removed keys: a vendor that archives may go on listing them. */
  readonly #gone = new Set<string>();
  #made = 0;
  #removed = 0;
  #calls = 0;

  constructor(labelPrefix: string) {
    this.labelPrefix = labelPrefix;
  }

  /** How many calls that make keys were sent, and so how many keys there may be. */
  get calls(): number {
    return this.#calls;
  }

  /** Counts a call that may make a key. */
  countCall(): void {
    this.#calls++;
  }

  /** Takes note of a key. A record that was seen before (idempotency) is not a new key. */
  add(record: KeyRecord): void {
    if (this.#open.has(record.uri)) return;
    this.#open.set(record.uri, { record, order: this.#made++ });
  }

  /** The key that has this URI already, if there is one. */
  find(uri: string): KeyRecord | undefined {
    return this.#open.get(uri)?.record;
  }

  /** Takes note that a key is gone. */
  forget(key: string): void {
    for (const [uri, { record }] of this.#open) {
      if (uri !== key && record.id !== key) continue;
      this.#open.delete(uri);
      this.#gone.add(uri);
      this.#removed++;
    }
  }

  /** Records made since there were `order` keys, newest first. */
  since(order: number): KeyRecord[] {
    return [...this.#open.values()]
      .filter((entry) => entry.order >= order)
      .toSorted((left, right) => right.order - left.order)
      .map((entry) => entry.record);
  }

  get made(): number {
    return this.#made;
  }

  /** Removes one key; a failure is kept for the report. A key that is gone already counts as removed. */
  async remove(provider: Provider, record: KeyRecord): Promise<void> {
    const entry = this.#open.get(record.uri);
    const { catalog, capabilities } = provider;
    if (catalog === undefined || capabilities.catalog?.remove === undefined) {
      if (entry !== undefined) entry.reason = "The provider declares no removal of keys.";
      return;
    }
    try {
      await catalog.remove(record.uri);
      this.forget(record.uri);
    } catch (error) {
      if (isKeyrailError(error, "KeyNotFound")) this.forget(record.uri);
      else if (entry !== undefined) entry.reason = reasonOf(error);
    }
  }

  /** Removes every key that is left, newest first, then looks for keys by label that no answer told of. */
  async cleanUp(provider: Provider): Promise<CleanUp> {
    for (const record of this.since(0)) await this.remove(provider, record);
    const unlisted = await this.#sweep(provider);
    const remaining = [...this.#open.values()].map(({ record, reason }) => ({
      uri: record.uri,
      label: record.label,
      reason: reason ?? "It was not removed.",
    }));
    return { made: this.#made, removed: this.#removed, remaining: [...remaining, ...unlisted] };
  }

  async #sweep(provider: Provider): Promise<RemainingKey[]> {
    if (this.#calls === 0) return [];
    const { catalog, capabilities } = provider;
    if (catalog === undefined || capabilities.catalog?.list !== true) return [];
    const lost: KeyRecord[] = [];
    const still: RemainingKey[] = [];
    try {
      for await (const record of catalog.list()) {
        if (!record.label.startsWith(this.labelPrefix) || this.#open.has(record.uri)) continue;
        if (!this.#gone.has(record.uri)) lost.push(record);
        else if (capabilities.catalog.remove === "destroyed") still.push(stillThere(record));
      }
    } catch (error) {
      const uri = `${provider.uri}/*`;
      return [{ uri, label: `${this.labelPrefix}*`, reason: `The keys could not be listed: ${reasonOf(error)}` }];
    }
    for (const record of lost) {
      this.add(record);
      await this.remove(provider, record);
    }
    return still;
  }
}

function stillThere({ uri, label }: KeyRecord): RemainingKey {
  return { uri, label, reason: "Its removal was answered, but it is still listed." };
}

function reasonOf(error: unknown): string {
  return isKeyrailError(error)
    ? `${error.code}: ${error.message}`
    : "The removal failed with an error that is not a KeyrailError.";
}

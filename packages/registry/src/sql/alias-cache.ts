import type { Database } from "@keyrail/database";
import { parseAliasReference } from "../names.ts";
import type { AliasLookUp } from "../registry.ts";
import { lookUpAlias } from "./alias-reader.ts";
import type { RegistryTables } from "./tables.ts";

/** The channel on which switches of aliases are announced. */
export const ALIAS_CHANNEL = "keyrail_registry_alias";
const MAXIMUM_ENTRIES = 10_000;

interface Entry {
  readonly found: AliasLookUp;
  /** When the reading began, by the monotonic clock. */
  readonly at: number;
}

/**
 * What aliases stood for when they were last read.
 *
 * SQLite says of every commit of another connection, so an entry is right for as long as there was none. On PostgreSQL
 * an announcement empties the cache; it may get lost with its connection, so no entry is used `maximumAge` after its
 * reading began: whatever was committed before a call minus `maximumAge` is seen by the call. Half way there it is read
 * anew in the background, so that a busy caller never waits.
 */
export class AliasCache {
  readonly #database: Database<RegistryTables>;
  readonly #stamp: () => number;
  readonly #maximumAge: number;
  readonly #entries = new Map<string, Entry>();
  readonly #reading = new Map<string, { readonly at: number; readonly found: Promise<AliasLookUp> }>();
  #stampOfEntries = Number.NaN;
  #generation = 0;

  constructor(database: Database<RegistryTables>, maximumAge: number) {
    this.#database = database;
    this.#maximumAge = database.kind === "sqlite" ? Number.POSITIVE_INFINITY : maximumAge;
    const watch = this.#maximumAge === 0 ? undefined : database.watch(ALIAS_CHANNEL);
    this.#stamp = () => watch?.stamp() ?? 0;
  }

  /** Forgets everything: an alias was changed through this very database. */
  clear(): void {
    this.#generation += 1;
    this.#entries.clear();
    this.#reading.clear();
  }

  lookUp(reference: string): AliasLookUp | Promise<AliasLookUp> {
    if (this.#maximumAge === 0) return this.#read(reference);
    const stamp = this.#stamp();
    if (stamp !== this.#stampOfEntries) {
      this.clear();
      this.#stampOfEntries = stamp;
    }
    const entry = this.#entries.get(reference);
    if (this.#maximumAge === Number.POSITIVE_INFINITY) return entry?.found ?? this.#readAndKeep(reference);
    const now = performance.now();
    const age = entry === undefined ? Number.POSITIVE_INFINITY : now - entry.at;
    if (entry === undefined || age >= this.#maximumAge) return this.#readOnce(reference, now);
    if (age >= this.#maximumAge / 2) this.#readOnce(reference, now).catch(() => undefined);
    return entry.found;
  }

  /** Joins a reading that began late enough for this call. */
  #readOnce(reference: string, now: number): Promise<AliasLookUp> {
    const reading = this.#reading.get(reference);
    if (reading !== undefined && now - reading.at < this.#maximumAge) return reading.found;
    const found = this.#readAndKeep(reference).finally(() => {
      if (this.#reading.get(reference)?.found === found) this.#reading.delete(reference);
    });
    this.#reading.set(reference, { at: now, found });
    return found;
  }

  async #readAndKeep(reference: string): Promise<AliasLookUp> {
    const generation = this.#generation;
    const at = performance.now();
    const found = await this.#read(reference);
    // What was read before a change that has been heard of meanwhile is an answer, but no knowledge.
    if (generation === this.#generation && this.#stamp() === this.#stampOfEntries) {
      this.#entries.delete(reference);
      this.#entries.set(reference, { found, at });
      if (this.#entries.size > MAXIMUM_ENTRIES) {
        const oldest = this.#entries.keys().next();
        if (oldest.done !== true) this.#entries.delete(oldest.value);
      }
    }
    return found;
  }

  async #read(reference: string): Promise<AliasLookUp> {
    const parsed = parseAliasReference(reference);
    return this.#database.run((query) => lookUpAlias(query, parsed));
  }
}

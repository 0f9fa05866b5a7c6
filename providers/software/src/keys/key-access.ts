import {
  type Algorithm,
  formatKeyUri,
  type KeyRecord,
  type KnownKey,
  isKeyrailError,
  parseProviderUri,
  type SignatureAlgorithm,
  type Usage,
  wipe,
} from "@keyrail/core";
import { areEnginesReady, type EngineName, prepareEngines, type PrepareOptions } from "@keyrail/crypto";
import type { KeyEntry } from "../store/key-entry.ts";
import type { KeyEntryStore } from "../store/key-entry-store.ts";
import { CachedKey, type EngineKey } from "./cached-key.ts";
import { KeyCache } from "./key-cache.ts";
import { keyNotFound, usageNotPermitted } from "./key-errors.ts";

/** Something that must stop working when its key is removed. */
export interface KeyHandle {
  close(): void;
}

/** The way to every key of a store: cache, usages, opened forms. */
export class KeyAccess {
  readonly store: KeyEntryStore;
  readonly engine: EngineName | undefined;
  readonly #uri: string;
  readonly #uriPrefix: string;
  readonly #cache: KeyCache;
  readonly #handles = new Map<string, Set<KeyHandle>>();
  readonly #holding = new Set<CachedKey>();
  #dropScheduled = false;

  constructor(store: KeyEntryStore, uri: string, engine: EngineName | undefined, cacheBytes: number) {
    this.store = store;
    this.engine = engine;
    this.#uri = uri;
    // Ids need no escapes, so key URIs are made by appending them.
    const sample = formatKeyUri({ ...parseProviderUri(uri), id: "0" });
    this.#uriPrefix = sample.slice(0, -1);
    this.#cache = new KeyCache(cacheBytes);
  }

  /** The key URI of an id. */
  uriOf(id: string): string {
    return this.#uriPrefix + id;
  }

  /** Facts without a wait; undefined for keys that do not exist, are damaged or can't be read: the operation tells. */
  describe(id: string): KnownKey | undefined {
    try {
      return this.find(id)?.known;
    } catch (error) {
      if (isKeyrailError(error)) return undefined;
      throw error;
    }
  }

  /** The key, or undefined when there is none. @throws KeyrailError `IntegrityFailed`, `StoreUnavailable`. */
  find(id: string): CachedKey | undefined {
    if (this.store.changedElsewhere()) this.#refresh();
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const loaded = this.store.load(id);
    if (loaded === undefined) return undefined;
    const key = this.#cachedKey(loaded.entry);
    key.hold(loaded.secret);
    this.#holding.add(key);
    this.#scheduleDrop();
    this.#cache.put(key);
    return key;
  }

  /** The key. @throws KeyrailError `KeyNotFound`, `IntegrityFailed`, `StoreUnavailable`. */
  get(id: string): CachedKey {
    const key = this.find(id);
    if (key === undefined) throw keyNotFound(this.uriOf(id));
    return key;
  }

  /** The key, when it may be used so. @throws KeyrailError `UsageNotPermitted` and as {@link get}. */
  use(id: string, usage: Usage, algorithm: Algorithm): CachedKey {
    const key = this.get(id);
    const { usages, algorithms } = key.entry;
    if (!usages.includes(usage)) throw usageNotPermitted(key.uri, usage, usages);
    if (algorithms !== undefined && !algorithms.includes(algorithm))
      throw usageNotPermitted(key.uri, algorithm, algorithms);
    return key;
  }

  /**
   * Opens a key whose engine is loaded already; otherwise loads it first.
   * @param algorithm when it may need another engine than the key type's usual one.
   */
  ready(key: CachedKey, algorithm?: SignatureAlgorithm): Promise<void> | undefined {
    if (key.isOpen && algorithm === undefined) return undefined;
    const { keyType } = key.entry;
    const options: PrepareOptions = {
      ...(this.engine === undefined ? {} : { engine: this.engine }),
      ...(algorithm === undefined ? {} : { algorithm }),
    };
    if (areEnginesReady(keyType) && areEnginesReady(keyType, options)) {
      this.#open(key);
      return undefined;
    }
    return prepareEngines(keyType)
      .then(() => prepareEngines(keyType, options))
      .then(() => this.#open(key));
  }

  /** Takes over a key that was just made, and gives its record. */
  adopt(entry: KeyEntry, opened: EngineKey): KeyRecord {
    const key = this.#cachedKey(entry);
    key.adopt(opened);
    this.#cache.put(key);
    return key.record;
  }

  /** After a change of names. */
  renamed(entry: KeyEntry): KeyRecord {
    const cached = this.#cache.get(entry.id);
    if (cached === undefined) return this.#cachedKey(entry).record;
    cached.rename(entry);
    return cached.record;
  }

  /** Forgets a key and closes its handles. */
  forget(id: string): void {
    this.#cache.delete(id);
    this.#closeHandles(id);
  }

  /** Ties a handle to a key until it is released. */
  attach(id: string, handle: KeyHandle): void {
    const handles = this.#handles.get(id);
    if (handles === undefined) this.#handles.set(id, new Set([handle]));
    else handles.add(handle);
  }

  release(id: string, handle: KeyHandle): void {
    const handles = this.#handles.get(id);
    handles?.delete(handle);
    if (handles?.size === 0) this.#handles.delete(id);
  }

  async close(): Promise<void> {
    for (const id of this.#handles.keys()) this.#closeHandles(id);
    this.#dropSecrets();
    await this.store.close();
    this.#cache.clear();
  }

  get uri(): string {
    return this.#uri;
  }

  #open(key: CachedKey): void {
    if (key.isOpen) return;
    key.open();
    this.#cache.weigh(key);
  }

  #cachedKey(entry: KeyEntry): CachedKey {
    const { id } = entry;
    const uri = this.uriOf(id);
    return new CachedKey(uri, entry, this.engine, () => {
      const loaded = this.store.load(id);
      if (loaded === undefined) throw keyNotFound(uri);
      return loaded.secret;
    });
  }

  /** Another process changed the store: what it removed must stop working here too. */
  #refresh(): void {
    this.#cache.clear();
    for (const id of this.#handles.keys()) {
      const loaded = this.store.load(id);
      if (loaded === undefined) this.#closeHandles(id);
      else wipe(loaded.secret);
    }
  }

  #closeHandles(id: string): void {
    for (const handle of this.#handles.get(id) ?? []) handle.close();
    this.#handles.delete(id);
  }

  /** A secret unsealed for its facts serves the operation that follows at once; no later one finds it. */
  #scheduleDrop(): void {
    if (this.#dropScheduled) return;
    this.#dropScheduled = true;
    setImmediate(() => {
      this.#dropScheduled = false;
      this.#dropSecrets();
    });
  }

  #dropSecrets(): void {
    for (const key of this.#holding) key.dropSecret();
    this.#holding.clear();
  }
}

import type { CachedKey } from "./cached-key.ts";

/**
 * Keys by id, bounded by the bytes they take and not by their number: an ML-DSA pair takes twenty times an Ed25519 one.
 * Which goes first is decided by second chance: a key used since the last look stays, so a hit costs one assignment.
 */
export class KeyCache {
  readonly #maximumBytes: number;
  readonly #keys = new Map<string, CachedKey>();
  #bytes = 0;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  get(id: string): CachedKey | undefined {
    const key = this.#keys.get(id);
    if (key !== undefined) key.recentlyUsed = true;
    return key;
  }

  put(key: CachedKey): void {
    const { id } = key.entry;
    this.delete(id);
    this.#keys.set(id, key);
    this.weigh(key);
  }

  /** Counts a key anew, after it was opened. */
  weigh(key: CachedKey): void {
    const { id } = key.entry;
    if (this.#keys.get(id) !== key) return;
    const bytes = key.memoryBytes;
    this.#bytes += bytes - key.countedBytes;
    key.countedBytes = bytes;
    if (this.#bytes > this.#maximumBytes) this.#evict(key);
  }

  delete(id: string): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    key.wipe();
    this.#keys.delete(id);
    this.#bytes -= key.countedBytes;
  }

  clear(): void {
    for (const key of this.#keys.values()) key.wipe();
    this.#keys.clear();
    this.#bytes = 0;
  }

  /** Lets keys go until the rest fits; the one being used stays. */
  #evict(inUse: CachedKey): void {
    // A Map gives its entries in the order they were put; one put again at the end is met a second time.
    for (const [id, key] of this.#keys) {
      if (this.#bytes <= this.#maximumBytes || this.#keys.size <= 1) return;
      if (key === inUse || key.recentlyUsed) {
        key.recentlyUsed = false;
        if (key === inUse) continue;
        this.#keys.delete(id);
        this.#keys.set(id, key);
      } else this.delete(id);
    }
  }
}

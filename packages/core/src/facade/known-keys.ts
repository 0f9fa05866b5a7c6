import type { KeyRecord } from "../key-record.ts";
import type { KnownKey } from "../provider.ts";
import type { PublicKey } from "../public-key/public-key.ts";

const MAXIMUM = 10_000;

/**
 * What earlier answers said of keys, so that the gate needs no request. Bounded: the oldest entry goes first. Keeps nothing
 * for an adapter that describes its keys itself.
 */
export class KnownKeys {
  readonly #keeps: boolean;
  readonly #keys = new Map<string, KnownKey>();

  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  get(id: string): KnownKey | undefined {
    return this.#keys.get(id);
  }

  /** Remembers a record; a public key seen before is kept. */
  remember(record: KeyRecord): void {
    if (!this.#keeps) return;
    const publicKey = record.publicKey ?? this.#keys.get(record.id)?.publicKey;
    this.#put(record.id, {
      keyType: record.keyType,
      half: record.half,
      usages: record.usages,
      ...(record.algorithms === undefined ? {} : { algorithms: record.algorithms }),
      ...(publicKey === undefined ? {} : { publicKey }),
    });
  }

  /** Remembers a public key of a key that is known already. */
  rememberPublic(id: string, publicKey: PublicKey): void {
    const known = this.#keys.get(id);
    if (known !== undefined) this.#put(id, { ...known, publicKey });
  }

  forget(id: string): void {
    this.#keys.delete(id);
  }

  clear(): void {
    this.#keys.clear();
  }

  #put(id: string, known: KnownKey): void {
    this.#keys.delete(id);
    this.#keys.set(id, known);
    if (this.#keys.size > MAXIMUM) {
      const oldest = this.#keys.keys().next();
      if (oldest.done !== true) this.#keys.delete(oldest.value);
    }
  }
}

/** Aliases out of the labels of keys. */

import { isKeyrailError, KeyrailError, type KeyRecord } from "@keyrail/core";
import type { ChangeContext, Registry } from "@keyrail/registry";

/** What became of the labels. */
export interface AliasCounts {
  readonly made: number;
  /** The alias names this key already. */
  readonly known: number;
  /** The alias names another key, and goes on doing so. */
  readonly taken: number;
  /** The label can't be an alias, or several keys have it. */
  readonly unfit: number;
  /** Public keys of others, which get none. */
  readonly public: number;
}

/** Labels that can be aliases: those no two keys share. */
export class LabelAliases {
  /** `undefined`: several keys have the label. */
  readonly #keys = new Map<string, string | undefined>();
  #unfit = 0;
  #public = 0;

  /** Takes a key's label in; public keys of others are passed over. */
  add({ label, uri, half }: KeyRecord): void {
    if (half === "public") {
      this.#public++;
      return;
    }
    if (!/^[a-z0-9](?:[a-z0-9._/-]{0,126}[a-z0-9])?$/.test(label)) {
      this.#unfit++;
      return;
    }
    if (this.#keys.get(label) !== undefined) this.#unfit++;
    if (this.#keys.has(label)) this.#unfit++;
    this.#keys.set(label, this.#keys.has(label) ? undefined : uri);
  }

  /** Makes the aliases, each in a change of its own; one that is there stays as it is. */
  async make(registry: Registry, context: ChangeContext, signal: AbortSignal): Promise<AliasCounts> {
    const counts = { made: 0, known: 0, taken: 0, unfit: this.#unfit, public: this.#public };
    for (const [name, key] of this.#keys) {
      if (key === undefined) continue;
      if (signal.aborted) throw new KeyrailError("Aborted", "Interrupted; the aliases made so far stay.", {});
      try {
        await registry.setAlias(name, key, { ...context, expect: null });
        counts.made++;
      } catch (error) {
        if (!isKeyrailError(error, "KeyExists")) throw error;
        const same = (await registry.resolve(name)).key === key;
        counts[same ? "known" : "taken"]++;
      }
    }
    return counts;
  }
}

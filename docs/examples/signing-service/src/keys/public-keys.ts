import type { CallOptions, PublicKey } from "@keyrail/core";
import { isKeyrailError } from "@keyrail/core";
import { KEYRAIL } from "@keyrail/inversify";
import type { Registry, Router } from "@keyrail/registry";
import { inject, injectable } from "inversify";

const MOST_KEPT = 1000;

/** Public keys by key URI. A key's public half never changes, so each is asked for once. */
@injectable()
export class PublicKeys {
  readonly #keys: Router["keys"];
  readonly #registry: Registry;
  readonly #known = new Map<string, PublicKey>();

  constructor(@inject(KEYRAIL.keys) keys: Router["keys"], @inject(KEYRAIL.registry) registry: Registry) {
    this.#keys = keys;
    this.#registry = registry;
  }

  /**
   * The public key of a key URI: from its provider, or from the registry once the provider is gone from the configuration.
   * @throws KeyrailError `KeyNotFound`, and what the provider throws.
   */
  async of(key: string, options: CallOptions): Promise<PublicKey> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = await this.#keys.getPublic(key, options).catch(async (error: unknown) => {
      const registered = isKeyrailError(error, "KeyNotFound") ? await this.#registered(key) : undefined;
      if (registered === undefined) throw error;
      return registered;
    });
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, found);
    return found;
  }

  async #registered(key: string): Promise<PublicKey | undefined> {
    try {
      return (await this.#registry.key(key)).publicKey;
    } catch (error) {
      if (isKeyrailError(error, "KeyNotFound")) return undefined;
      throw error;
    }
  }
}

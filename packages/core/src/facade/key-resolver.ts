import { KeyrailError } from "../errors.ts";
import { parseKeyUri, parseProviderUri } from "../key-uri.ts";

/** Turns what callers give as a key, a key URI or the bare id, into the provider's own id. */
export class KeyResolver {
  readonly #prefix: string;
  readonly #provider: string;
  readonly #ownsStore: (store: string) => boolean;

  constructor(uri: string, ownsStore?: (store: string) => boolean) {
    const own = parseProviderUri(uri);
    this.#prefix = `${uri}/`;
    this.#provider = own.provider;
    this.#ownsStore = ownsStore ?? ((store) => store === own.store);
  }

  /** Whether a key URI is one of this provider; false for what is no key URI. */
  owns(key: string): boolean {
    if (!key.includes(":")) return false;
    try {
      this.resolve(key);
      return true;
    } catch {
      return false;
    }
  }

  /** @throws KeyrailError `KeyNotFound` when the URI names another provider or another store. */
  resolve(key: string): string {
    // The spelling this provider prints itself: no parsing needed unless something in the id is escaped.
    if (key.startsWith(this.#prefix) && !key.includes("%")) {
      const id = key.slice(this.#prefix.length);
      if (id !== "" && !id.includes("/")) return id;
    }
    if (!key.includes(":")) return key;
    const uri = parseKeyUri(key);
    if (uri.provider !== this.#provider || !this.#ownsStore(uri.store)) {
      throw new KeyrailError("KeyNotFound", `The key ${key} is not one of ${this.#prefix.slice(0, -1)}.`, { key });
    }
    return uri.id;
  }
}

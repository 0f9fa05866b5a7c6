/** The router: the ports of Keyrail over several providers at once, with keys given by alias. */

import type {
  CallOptions,
  CreateRequest,
  Health,
  ImportRequest,
  KeyCatalog,
  KeyRecord,
  KeyStore,
  ListOptions,
  Ports,
  Provider,
  SearchRequest,
  Signature,
  SignRequest,
} from "@keyrail/core";
import type { Registry } from "../registry.ts";

/** What {@link createRouter} takes. */
export interface RouterOptions {
  readonly registry: Registry;
  /** Open providers by the names the service gives them; each has a provider URI of its own. */
  readonly providers: Readonly<Record<string, Provider>>;
  /** Where `create` and `import` make keys when the call does not say; default: the only provider there is. */
  readonly defaultProvider?: string;
  /**
   * How many earlier keys of an alias `verify`, `verifyMac`, `decrypt` and `unwrap` try after the current one, 0 to 16;
   * default 8. Each may cost a request.
   */
  readonly earlierVersions?: number;
  /** Whether `close` closes the registry and the providers too; default false. */
  readonly owned?: boolean;
}

/** Which key a name or URI stood for at one moment. `key` names it from then on, whatever the alias does. */
export interface Route {
  /** Present when an alias was given. */
  readonly alias?: string;
  readonly version?: number;
  /** Key URI. */
  readonly key: string;
  /** The provider's name in the router. */
  readonly provider: string;
}

/** A signature, and the key that made it. */
export interface RoutedSignature extends Signature {
  readonly route: Route;
}

/** Options of calls that need a provider rather than a key. */
export interface AtProvider {
  /** The provider's name in the router. */
  readonly provider?: string;
}

/** {@link KeyStore} over several providers. `derive` makes the key where its source is. */
export interface RoutedKeyStore extends KeyStore {
  create(request: CreateRequest, options?: CallOptions & AtProvider): Promise<KeyRecord>;
  import(request: ImportRequest, options?: CallOptions & AtProvider): Promise<KeyRecord>;
}

/**
 * {@link KeyCatalog} over several providers. Lists go through one provider after the other, or through the one named; a
 * provider that can't list ends the listing before it begins with `UnsupportedCapability`. `remove` takes a key URI or
 * `NAME@VERSION`, no alias alone: which key that names may change at any moment.
 */
export interface RoutedKeyCatalog extends KeyCatalog {
  list(options?: ListOptions & AtProvider): AsyncIterable<KeyRecord>;
  search(request: SearchRequest, options?: ListOptions & AtProvider): AsyncIterable<KeyRecord>;
}

/** Health of everything a router needs. `healthy` when all of it is. */
export interface RouterHealth extends Health {
  readonly registry: Health;
  readonly providers: Readonly<Record<string, Health>>;
}

/**
 * All ports over several providers. A key is given as an alias (`payments`), as one of its versions (`payments@2`) or
 * as a key URI, peers and tickets included; the provider whose key it is does the work, with the results, errors and
 * options of its own ports. A bare provider's id is no key here.
 *
 * Beyond the providers' errors: `KeyNotFound` for an alias there is not, and for a key of no provider of this router;
 * `UnsupportedCapability` where the key's provider has no such port; `StoreUnavailable` when the registry can't be
 * read; `Closed`. A `timeout` counts the reading of the registry.
 *
 * Which key does the work:
 *
 * - The key the alias names now, as fresh as {@link Registry.lookUp} promises.
 * - `verify`, `verifyMac`, `decrypt` with GCM and `unwrap` under an alias alone: the current key, then earlier ones,
 *   newest first, where a key says `false` or `DecryptionFailed`, is of a type or usage that can't do it, or is gone.
 *   Keys at providers this router has not are passed over. An unreachable provider is an error, never a `false`.
 * - `decrypt` with CBC and `decapsulate`: the current key alone, since a wrong key may give wrong bytes and no error.
 *   Keep the route's version with the ciphertext and give `NAME@VERSION`.
 * - An opened key and a route stay with their key when the alias is switched.
 */
export interface Router extends Required<Ports>, AsyncDisposable {
  readonly registry: Registry;
  readonly keys: RoutedKeyStore;
  readonly catalog: RoutedKeyCatalog;
  /** The providers by name. */
  readonly providers: Readonly<Record<string, Provider>>;
  /** The provider of this name. @throws KeyrailError `InvalidRequest`. */
  at(name: string): Provider;
  /** Which key a name or URI stands for now: give `route.key` to several calls that must use one key. */
  resolve(key: string, options?: CallOptions): Promise<Route>;
  /** As `signer.sign`, and says which key signed. */
  sign(request: SignRequest, options?: CallOptions): Promise<RoutedSignature>;
  /** Asks the registry and every provider; never rejects. */
  health(options?: CallOptions): Promise<RouterHealth>;
  /** Every later call rejects with `Closed`. Registry and providers stay open, unless they are `owned`. */
  close(): Promise<void>;
}

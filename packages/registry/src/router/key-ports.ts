/** `keys` and `catalog`, routed. */

import type { CallOptions, DeriveRequest, KeyCatalog, KeyRecord, ListOptions, Provider } from "@keyrail/core";
import { KeyrailError } from "@keyrail/core";
import { invalid } from "../names.ts";
import { keyOf, routedPeer } from "./operation-ports.ts";
import type { AtProvider, RoutedKeyCatalog, RoutedKeyStore } from "./router.ts";
import type { Routes } from "./routes.ts";

/** `KeyStore`: new keys go to the provider that is named, or to the default one. */
export function keyStorePort(routes: Routes, defaultProvider: string | undefined): RoutedKeyStore {
  function provider(name: string | undefined): Provider {
    routes.checkOpen();
    const chosen = name ?? defaultProvider;
    if (chosen === undefined) {
      const names = routes.providers.map((each) => each.name).join(", ");
      throw invalid("provider", `Say where the key is to be made: { provider } with one of ${names}.`);
    }
    return routes.at(chosen);
  }

  return {
    async create(request, options) {
      const { name, rest } = splitOptions(options);
      return provider(name).keys.create(request, rest);
    },
    async import(request, options) {
      const { name, rest } = splitOptions(options);
      return provider(name).keys.import(request, rest);
    },
    async derive(request, options) {
      return routes.use(keyOf(request), options, async (target, given) => {
        const own = { ...request, key: target.key };
        const asked: DeriveRequest =
          own.kind === "ecdh" ? { ...own, peer: await routedPeer(routes, target, own.peer, given) } : own;
        return target.provider.keys.derive(asked, given);
      });
    },
    async getPublic(key, options) {
      return routes.use(key, options, (target, given) => target.provider.keys.getPublic(target.key, given));
    },
  };
}

/** `KeyCatalog`: one key at its provider, lists over all providers. */
export function keyCatalogPort(routes: Routes): RoutedKeyCatalog {
  function all(
    options: (ListOptions & AtProvider) | undefined,
    list: (catalog: KeyCatalog, options: ListOptions | undefined) => AsyncIterable<KeyRecord>,
  ): AsyncIterable<KeyRecord> {
    routes.checkOpen();
    const { name, rest } = splitOptions(options);
    const providers = name === undefined ? routes.providers.map(({ provider }) => provider) : [routes.at(name)];
    // All are asked before the first record is given: half a list is worse than none. No request is made yet.
    return oneAfterTheOther(providers.map((provider) => list(catalogOf(provider), rest)));
  }

  return {
    async get(key, options) {
      return routes.use(key, options, async (target, given) => catalogOf(target.provider).get(target.key, given));
    },
    list: (options) => all(options, (catalog, given) => catalog.list(given)),
    search: (request, options) => all(options, (catalog, given) => catalog.search(request, given)),
    async rename(request, options) {
      return routes.use(keyOf(request), options, async (target, given) =>
        catalogOf(target.provider).rename({ ...request, key: target.key }, given),
      );
    },
    async remove(key, options) {
      if (typeof key === "string" && !key.includes(":") && !key.includes("@")) {
        throw invalid(
          "key",
          `Which key the alias ${key} names may change at any moment: remove a key by its URI, or by NAME@VERSION.`,
        );
      }
      return routes.use(key, options, async (target, given) => catalogOf(target.provider).remove(target.key, given));
    },
  };
}

async function* oneAfterTheOther(lists: readonly AsyncIterable<KeyRecord>[]): AsyncGenerator<KeyRecord, void> {
  for (const list of lists) yield* list;
}

function catalogOf(provider: Provider): KeyCatalog {
  if (provider.catalog !== undefined) return provider.catalog;
  const nearest = "Keep the key URIs where you make them.";
  throw new KeyrailError(
    "UnsupportedCapability",
    `${provider.capabilities.title} has no catalog of its keys. ${nearest}`,
    {
      provider: provider.name,
      operation: "list",
      nearest,
    },
  );
}

function splitOptions<Options extends CallOptions & AtProvider>(
  options: Options | undefined,
): { name: string | undefined; rest: Omit<Options, "provider"> | undefined } {
  // What is no options object is the provider's to refuse.
  if (typeof options !== "object" || options === null) return { name: undefined, rest: options };
  const { provider: name, ...rest } = options;
  return { name, rest };
}

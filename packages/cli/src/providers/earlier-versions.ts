/** The keys an alias has stood for, over all their providers. */

import { formatProviderUri, parseKeyUri, type Provider } from "@keyrail/core";
import type { Router } from "@keyrail/registry";
import { openFoundRegistry } from "../databases/registry.ts";
import type { Session } from "../runtime/session.ts";
import { findProviderOfUri, type KeyOptions } from "./find-key.ts";

/**
 * Uses a router over the providers of every key that an alias stands or stood for.
 * @returns `undefined`, without a provider opened, for an alias that has stood for one key only.
 * @throws KeyrailError what opening the providers throws: a signature of a key that can't be asked is not called invalid.
 */
export async function withEarlierVersions<Result>(
  session: Session,
  alias: string,
  options: KeyOptions,
  use: (router: Router) => Promise<Result>,
): Promise<Result | undefined> {
  await using registry = await openFoundRegistry(session, options.registry, false);
  const { key, earlier } = await registry.lookUp(alias);
  if (earlier.length === 0) return undefined;
  const uris = new Set([key, ...earlier.map((version) => version.key)].map(providerOf));
  await using open = new AsyncDisposableStack();
  const providers: Record<string, Provider> = {};
  for (const uri of uris) {
    const { kind, request } = await findProviderOfUri(session, uri, options);
    providers[uri] = open.use(await kind.open(request));
  }
  const { createRouter } = await import("@keyrail/registry");
  return await use(open.use(createRouter({ registry, providers })));
}

function providerOf(key: string): string {
  const { id: _, ...uri } = parseKeyUri(key);
  return formatProviderUri(uri);
}

/** From a KEY argument to the provider that holds the key, and what that provider calls it. */

import { formatProviderUri, parseKeyUri, parseProviderUri, type ProviderUri } from "@keyrail/core";
import type { Session } from "../runtime/session.ts";
import { findProvider, type FoundProvider, type ProviderOptions } from "./open-provider.ts";
import { providerKind } from "./registry.ts";

/** A key at a provider that was found but not opened. */
export interface FoundKey extends FoundProvider {
  /** Key URI or id, as the ports take it. */
  readonly key: string;
}

/**
 * Finds the provider of a key: by its URI, or for a bare id by `--provider` or the configuration file.
 * @throws KeyrailError `InvalidRequest`.
 */
export async function findKey(session: Session, key: string, options: ProviderOptions): Promise<FoundKey> {
  if (!key.includes(":")) return { ...(await findProvider(session, options, false)), key };
  const { id, ...uri } = parseKeyUri(key);
  const name = await nameOf(session, uri);
  return { ...(await findProvider(session, { ...options, provider: name ?? formatProviderUri(uri) }, false)), key: id };
}

/** The configuration file's name for a provider: its options and passphrase file also hold for keys written as URIs. */
async function nameOf(session: Session, uri: ProviderUri): Promise<string | undefined> {
  const { providers, folder } = await session.configuration();
  const kind = await providerKind(uri.provider);
  const wanted = kind.canonicalUri(uri, session.cwd);
  for (const [name, named] of Object.entries(providers)) {
    const other = parseProviderUri(named.uri);
    if (other.provider === uri.provider && kind.canonicalUri(other, folder) === wanted) return name;
  }
  return undefined;
}

/** From a KEY argument to the provider that holds the key, and what that provider calls it. */

import { formatProviderUri, isKeyrailError, parseKeyUri, parseProviderUri, type ProviderUri } from "@keyrail/core";
import { keyOfAlias, type RegistryOptions } from "../databases/registry.ts";
import type { Session } from "../runtime/session.ts";
import { findProvider, type FoundProvider, type ProviderOptions } from "./open-provider.ts";
import { providerKind } from "./registry.ts";

/** A key at a provider that was found but not opened. */
export interface FoundKey extends FoundProvider {
  /** Key URI or id, as the ports take it. */
  readonly key: string;
  /** The key URI that an alias stood for, where an alias was given. */
  readonly alias?: string;
}

/** Options of every command that uses a key. */
export interface KeyOptions extends ProviderOptions, RegistryOptions {}

/**
 * Finds the provider of a key: by its URI; for a bare name the alias of the registry, unless `--provider` says that it is
 * an id there. Without a registry, or without such an alias, it is an id at the provider of the configuration file.
 * @throws KeyrailError `InvalidRequest`, `KeyNotFound` for an alias nobody knows.
 */
export async function findKey(session: Session, key: string, options: KeyOptions): Promise<FoundKey> {
  if (key.includes(":")) return findKeyUri(session, key, options);
  const named = options.provider === undefined ? await aliased(session, key, options) : undefined;
  if (named !== undefined) return { ...(await findKeyUri(session, named, options)), alias: named };
  return { ...(await findProvider(session, options, false)), key };
}

async function aliased(session: Session, name: string, { registry }: KeyOptions): Promise<string | undefined> {
  try {
    return await keyOfAlias(session, registry, name);
  } catch (error) {
    const { provider } = await session.configuration();
    const mayBeId =
      provider !== undefined && (isKeyrailError(error, "KeyNotFound") || isKeyrailError(error, "InvalidRequest"));
    if (mayBeId) return undefined;
    throw error;
  }
}

async function findKeyUri(session: Session, key: string, options: ProviderOptions): Promise<FoundKey> {
  const { id, ...uri } = parseKeyUri(key);
  return { ...(await findProviderOfUri(session, formatProviderUri(uri), options)), key: id };
}

/**
 * Finds the provider of a URI, with the options and the passphrase file that the configuration file has for it.
 * @throws KeyrailError `InvalidRequest`, `InvalidConfiguration`.
 */
export async function findProviderOfUri(
  session: Session,
  uri: string,
  options: ProviderOptions,
  create = false,
): Promise<FoundProvider> {
  const name = await nameOf(session, parseProviderUri(uri));
  return findProvider(session, { ...options, provider: name ?? uri }, create);
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

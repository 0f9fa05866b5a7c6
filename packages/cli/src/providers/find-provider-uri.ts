/** Canonical URIs of what users write: the same provider or key has one text in the registry and in plans. */

import { formatKeyUri, parseKeyUri, parseProviderUri } from "@keyrail/core";
import type { Session } from "../runtime/session.ts";
import { providerKind } from "./registry.ts";

/**
 * The canonical URI of a provider given as URI or as a name of the configuration file.
 * @throws KeyrailError `InvalidRequest`.
 */
export async function providerUriOf(session: Session, text: string): Promise<string> {
  const { providers, folder } = await session.configuration();
  const named = Object.hasOwn(providers, text) ? providers[text] : undefined;
  const uri = parseProviderUri(named?.uri ?? text);
  return (await providerKind(uri.provider)).canonicalUri(uri, named === undefined ? session.cwd : folder);
}

/**
 * The canonical form of a key URI; a relative path in it starts from the working directory.
 * @throws KeyrailError `InvalidRequest`.
 */
export async function canonicalKeyUri(session: Session, text: string): Promise<string> {
  const { id, ...uri } = parseKeyUri(text);
  const provider = parseProviderUri((await providerKind(uri.provider)).canonicalUri(uri, session.cwd));
  return formatKeyUri({ ...provider, id });
}

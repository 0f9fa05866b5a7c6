/** The keys an alias has stood for, one after the other, each at its provider. */

import { isKeyrailError, type ErrorCode, type Provider } from "@keyrail/core";
import { withRegistry } from "../databases/registry.ts";
import type { Session } from "../runtime/session.ts";
import { findKey, type FoundKey, type KeyOptions } from "./find-key.ts";
import { withProvider } from "./open-provider.ts";

/** What a key says that is of another type or for something else: it has not made what is asked about. */
const NOT_THIS_KEY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "UnsupportedCapability",
  "UsageNotPermitted",
  "LimitExceeded",
  "InvalidRequest",
  "InvalidKeyMaterial",
]);

/** Asks one key a question of yes or no. */
export type Question = (provider: Provider, key: string) => Promise<boolean>;

/**
 * Whether a key says yes; for an alias without a version whether one of the keys says so that it stands or stood for, newest
 * first. Providers are opened one at a time, as far as needed.
 *
 * @throws KeyrailError what the keys say when none of them can answer; and what an unreachable provider says: its key may be
 *   the one that would have said yes.
 */
export async function anyVersionSays(
  session: Session,
  name: string,
  options: KeyOptions,
  question: Question,
): Promise<boolean> {
  const found = await findKey(session, name, options);
  let unable: unknown;
  let answered = false;
  const ask = async (each: FoundKey): Promise<boolean> => {
    try {
      const yes = await withProvider(each, (provider) => question(provider, each.key));
      answered = true;
      return yes;
    } catch (error) {
      if (!isKeyrailError(error) || !NOT_THIS_KEY.has(error.code)) throw error;
      unable ??= error;
      return false;
    }
  };
  if (await ask(found)) return true;
  for (const key of found.alias === undefined ? [] : await earlierKeys(session, name, options)) {
    try {
      if (await ask(await findKey(session, key, options))) return true;
    } catch (error) {
      if (!isKeyrailError(error, "KeyNotFound")) throw error;
      session.warn(`${key}, which ${name} stood for earlier, is gone: what it signed can't be checked here.`);
    }
  }
  if (!answered) throw unable;
  return false;
}

/** Key URIs, newest first, each once; none for `NAME@VERSION`. */
async function earlierKeys(session: Session, alias: string, options: KeyOptions): Promise<readonly string[]> {
  return withRegistry(session, options, false, async (registry) => {
    const { key, earlier } = await registry.lookUp(alias);
    return [...new Set(earlier.map((version) => version.key))].filter((other) => other !== key);
  });
}

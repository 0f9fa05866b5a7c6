/** The two providers of a migration, found and opened. */

import { stat } from "node:fs/promises";
import type { Provider } from "@keyrail/core";
import { Option } from "@commander-js/extra-typings";
import { findProviderOfUri } from "../providers/find-key.ts";
import { findProvider, type FoundProvider } from "../providers/open-provider.ts";
import { providerUriOf } from "../providers/find-provider-uri.ts";
import type { Session } from "../runtime/session.ts";
import { keepHeapSmall } from "../runtime/small-heap.ts";
import { usageError } from "../runtime/usage-error.ts";

/** Options of every command that opens both ends. */
export interface EndOptions {
  readonly fromPassphraseFile?: string | undefined;
  readonly toPassphraseFile?: string | undefined;
}

/** `--from-passphrase-file` */
export function fromPassphraseFileOption(): Option<"--from-passphrase-file <file>"> {
  return new Option("--from-passphrase-file <file>", "file with the passphrase of the source");
}

/** `--to-passphrase-file` */
export function toPassphraseFileOption(): Option<"--to-passphrase-file <file>"> {
  return new Option("--to-passphrase-file <file>", "file with the passphrase of the target");
}

/** Both ends, found but not opened. */
export interface FoundEnds {
  readonly source: FoundProvider;
  readonly target: FoundProvider;
}

/** Both ends, open. */
export interface OpenEnds {
  readonly source: Provider;
  readonly target: Provider;
}

/**
 * The ends of `--from` and `--to`, each a provider URI or a name of the configuration file.
 * @throws KeyrailError `InvalidRequest` when one is missing or both are the same; nothing is opened then.
 */
export async function findEnds(
  session: Session,
  { from, to, create, ...files }: EndOptions & { from?: string | undefined; to?: string | undefined; create: boolean },
): Promise<FoundEnds> {
  if (from === undefined) throw usageError("Say where the keys are with --from PROVIDER.", "--from");
  if (to === undefined) throw usageError("Say where the keys are to go with --to PROVIDER.", "--to");
  const source = await findProvider(session, { provider: from, passphraseFile: files.fromPassphraseFile }, false);
  const target = await findProvider(session, { provider: to, passphraseFile: files.toPassphraseFile }, create);
  const [sourceUri, targetUri] = await Promise.all([providerUriOf(session, from), providerUriOf(session, to)]);
  if (sourceUri === targetUri) {
    throw usageError(`Source and target are both ${sourceUri}; a migration goes from one provider to another.`, "--to");
  }
  if (await isSameFile(source, target)) {
    throw usageError(`${sourceUri} and ${targetUri} are one file under two names; name another target.`, "--to");
  }
  return { source, target };
}

/** Whether the stores of both are one file, by a symbolic or a hard link: its keys would be taken for moved already. */
async function isSameFile(...ends: readonly [FoundProvider, FoundProvider]): Promise<boolean> {
  const [one, other] = await Promise.all(
    ends.map(async ({ kind, request }) => {
      const file = kind.storeFile?.(request);
      // Whoever opens a file that can't be looked at says why.
      return file === undefined ? undefined : stat(file).catch(() => undefined);
    }),
  );
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** The ends a plan or a run names, with what the configuration file has for them. */
export async function endsOf(
  session: Session,
  { source, target }: { readonly source: { readonly uri: string }; readonly target: { readonly uri: string } },
  files: EndOptions,
): Promise<FoundEnds> {
  return {
    source: await findProviderOfUri(session, source.uri, { passphraseFile: files.fromPassphraseFile }),
    target: await findProviderOfUri(session, target.uri, { passphraseFile: files.toPassphraseFile }),
  };
}

/** Opens both ends as a migration wants them, or neither. */
export async function openEnds({ source, target }: FoundEnds): Promise<OpenEnds> {
  const opened = await openEnd(source);
  try {
    return { source: opened, target: await openEnd(target) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function openEnd({ kind, request }: FoundProvider): Promise<Provider> {
  return kind.open({ ...request, options: { ...kind.migrationOptions, ...request.options } });
}

/** Opens both ends, uses them, closes them. */
export async function withEnds<Result>(found: FoundEnds, use: (ends: OpenEnds) => Promise<Result>): Promise<Result> {
  keepHeapSmall();
  const { source, target } = await openEnds(found);
  await using _source = source;
  await using _target = target;
  return await use({ source, target });
}

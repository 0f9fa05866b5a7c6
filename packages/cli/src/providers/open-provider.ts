/** From what the user wrote to an open provider. */

import { type CapabilityDeclaration, KeyrailError, parseProviderUri, type Provider } from "@keyrail/core";
import type { NamedProvider } from "@keyrail/configuration";
import type { Configuration } from "../config/configuration.ts";
import { readSecretFile } from "../files/read-secret.ts";
import { askSecret } from "../runtime/prompt.ts";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import type { OpenRequest, ProviderKind } from "./provider-kind.ts";
import { providerKind } from "./registry.ts";

/** Options of every command that opens a provider. */
export interface ProviderOptions {
  /** Provider URI or a name of the configuration file. */
  readonly provider?: string | undefined;
  readonly passphraseFile?: string | undefined;
}

/** The environment variable that names the file with the passphrase of a store. */
export const PASSPHRASE_VARIABLE = "KEYRAIL_PASSPHRASE_FILE";

/** The variable that holds for one kind of provider only, and comes before {@link PASSPHRASE_VARIABLE}. */
function passphraseVariableOf(uri: string): string {
  return `KEYRAIL_${parseProviderUri(uri).provider.toUpperCase()}_PASSPHRASE_FILE`;
}

/** A provider that was found but not opened. */
export interface FoundProvider {
  readonly kind: ProviderKind;
  readonly request: OpenRequest;
}

/**
 * Finds the provider of `--provider` (URI or name), else the default of the configuration file.
 * @throws KeyrailError `InvalidRequest` when there is none, `InvalidConfiguration`.
 */
export async function findProvider(
  session: Session,
  options: ProviderOptions,
  create: boolean,
): Promise<FoundProvider> {
  const configuration = await session.configuration();
  const text = options.provider ?? configuration.provider;
  if (text === undefined) {
    throw usageError(
      "No provider is given: use --provider URI, such as --provider software:keys.sqlite, or set one in keyrail.config.json.",
      "--provider",
    );
  }
  const fromFile = options.provider === undefined;
  const named = Object.hasOwn(configuration.providers, text) ? configuration.providers[text] : undefined;
  if (named !== undefined) return found(session, named, configuration.folder, options, configuration, create);
  if (!text.includes(":")) {
    const names = Object.keys(configuration.providers);
    throw usageError(
      `"${text}" is neither a provider URI, such as software:keys.sqlite, nor a name of the configuration file${names.length === 0 ? "" : ` (${names.join(", ")})`}.`,
      "--provider",
    );
  }
  const folder = fromFile ? configuration.folder : session.cwd;
  return found(session, { uri: text }, folder, options, configuration, create);
}

async function found(
  session: Session,
  named: NamedProvider,
  folder: string,
  options: ProviderOptions,
  configuration: Configuration,
  create: boolean,
): Promise<FoundProvider> {
  const uri = parseProviderUri(named.uri);
  return {
    kind: await providerKind(uri.provider),
    request: {
      uri,
      text: named.uri,
      folder,
      create,
      options: named.options ?? {},
      secret: (question) => passphrase(session, question, options, named, configuration),
    },
  };
}

async function passphrase(
  session: Session,
  question: { readonly message: string; readonly confirm?: boolean },
  options: ProviderOptions,
  named: NamedProvider,
  configuration: Configuration,
): Promise<Uint8Array> {
  const { passphraseFile } = options;
  if (passphraseFile !== undefined) return readSecretFile({ file: passphraseFile, path: "--passphrase-file" }, session);
  for (const variable of [passphraseVariableOf(named.uri), PASSPHRASE_VARIABLE]) {
    const file = session.env[variable];
    if (file !== undefined && file !== "") return readSecretFile({ file, path: variable }, session);
  }
  const configured = named.passphraseFile ?? configuration.passphraseFile;
  if (configured !== undefined) return readSecretFile({ file: configured, path: "passphraseFile" }, session);
  if (session.interactive) return askSecret({ ...question, signal: session.signal });
  throw new KeyrailError(
    "InvalidConfiguration",
    `A passphrase is needed and nobody can be asked here: set ${PASSPHRASE_VARIABLE} to a file that holds it, or use --passphrase-file.`,
    { path: PASSPHRASE_VARIABLE },
  );
}

/** Opens a provider, uses it, closes it. */
export async function withProvider<Result>(
  { kind, request }: FoundProvider,
  use: (provider: Provider) => Promise<Result>,
): Promise<Result> {
  await using provider = await kind.open(request);
  return await use(provider);
}

/**
 * As {@link withProvider}, for requests that make a key. Where the store would be made on opening, the request is first
 * tried on a throw-away one: a request that fails leaves no store behind.
 */
export async function withKeyMaker<Result>(
  found: FoundProvider,
  use: (provider: Provider) => Promise<Result>,
): Promise<Result> {
  {
    await using rehearsal = await found.kind.rehearsal?.(found.request);
    if (rehearsal !== undefined) await use(rehearsal);
  }
  return withProvider(found, use);
}

/** The declaration of the provider that was found; it is not opened. */
export function capabilitiesOf({ kind }: FoundProvider): Promise<CapabilityDeclaration> {
  return kind.capabilities();
}

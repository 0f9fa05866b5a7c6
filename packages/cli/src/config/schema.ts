/** The configuration file: what may stand in it. */

import { isKeyrailError, parseProviderUri } from "@keyrail/core";
import { z } from "zod";

/** A provider under a name of the user's own. */
export interface NamedProvider {
  /** Provider URI; a relative path in it starts from the configuration file's folder. */
  readonly uri: string;
  /** File with the passphrase of this provider's store. */
  readonly passphraseFile?: string;
  /** Options of the provider, checked by it. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What a configuration file may hold. Relative paths start from its folder. */
export interface KeyrailConfig {
  /** Provider URI, or a name of `providers`, used when a command is given none. */
  readonly provider?: string;
  /** Providers by name; a text is short for `{ uri }`. */
  readonly providers?: Readonly<Record<string, string | NamedProvider>>;
  /** File with the passphrase of stores that name none of their own. */
  readonly passphraseFile?: string;
  /** Database of aliases: path of an SQLite file, or `postgres://USER@HOST/DATABASE`. */
  readonly registry?: string;
  /** File that holds that URI, where it has a password in it. */
  readonly registryFile?: string;
  /** Database of migration runs: path of an SQLite file, or `postgres://USER@HOST/DATABASE`. */
  readonly journal?: string;
  /** File that holds that URI, where it has a password in it. */
  readonly journalFile?: string;
}

/** A configuration, ready to use. */
export interface Configuration {
  /** Folder that relative paths start from. */
  readonly folder: string;
  readonly provider?: string;
  readonly providers: Readonly<Record<string, NamedProvider>>;
  readonly passphraseFile?: string;
  readonly registry?: string;
  readonly registryFile?: string;
  readonly journal?: string;
  readonly journalFile?: string;
}

/** Gives `keyrail.config.ts` its types: `export default defineConfig({ … })`. */
export function defineConfig(config: KeyrailConfig): KeyrailConfig {
  return config;
}

const providerUri = z.string().superRefine((text, context) => {
  try {
    parseProviderUri(text);
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
});
const file = z.string().min(1, "expected the path of a file");
const database = z.string().min(1, "expected the path of an SQLite file, or postgres://USER@HOST/DATABASE");

/** Checks a configuration file's content. Unknown members are refused: a misspelt one must not be ignored. */
export const configSchema: z.ZodType<KeyrailConfig> = z.strictObject({
  provider: z.string().min(1).exactOptional(),
  providers: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, "a name has letters, digits, - and _, and starts with a letter"),
      z.union([
        providerUri,
        z.strictObject({
          uri: providerUri,
          passphraseFile: file.exactOptional(),
          options: z.record(z.string(), z.unknown()).exactOptional(),
        }),
      ]),
    )
    .exactOptional(),
  passphraseFile: file.exactOptional(),
  registry: database.exactOptional(),
  registryFile: file.exactOptional(),
  journal: database.exactOptional(),
  journalFile: file.exactOptional(),
});

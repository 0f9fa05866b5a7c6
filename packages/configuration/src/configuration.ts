/** What a configuration holds, the same for the command and for a service. */

/** A provider under a name of the user's own. */
export interface NamedProvider {
  /** Provider URI; a relative path in it starts from the configuration's folder. */
  readonly uri: string;
  /** File with the passphrase of this provider's store, or its access token. */
  readonly passphraseFile?: string;
  /** Options of the provider, checked by it. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What a configuration may hold. Relative paths start from its folder. */
export interface KeyrailConfiguration {
  /** Provider URI, or a name of `providers`, used where none is said. */
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

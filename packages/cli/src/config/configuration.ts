/** The configuration file of the command. */

import type { KeyrailConfiguration, NamedProvider } from "@keyrail/configuration";

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
export function defineConfig(config: KeyrailConfiguration): KeyrailConfiguration {
  return config;
}

/** What there is to know of a vendor to open its provider from a configuration. */

import type { Audit, Provider, ProviderUri, Telemetry } from "@keyrail/core";

/** What is asked when a passphrase or token is needed. */
export interface SecretQuestion {
  /** A question for people. */
  readonly message: string;
  /** The secret is a new one: ask twice. */
  readonly confirm?: boolean;
}

/** A provider to open, taken apart. */
export interface OpenRequest {
  readonly uri: ProviderUri;
  /** The URI as it was written, for texts. */
  readonly text: string;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** Whether a store that is not there is made. */
  readonly create: boolean;
  /** The passphrase or token; the bytes are wiped by whoever asked. */
  readonly secret: (question: SecretQuestion) => Promise<Uint8Array>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly hooks: { readonly telemetry?: Telemetry; readonly audit?: Audit };
}

/** Opens the provider of one vendor. */
export type OpenVendor = (request: OpenRequest) => Promise<Provider>;

/** What the command knows of a kind of provider: how it is named, opened and checked. */

import type { CapabilityDeclaration, Provider, ProviderUri } from "@keyrail/core";
import type { Harness } from "@keyrail/conformance-tests";
import type { SecretQuestion } from "../runtime/prompt.ts";

/** A request to open a provider. */
export interface OpenRequest {
  readonly uri: ProviderUri;
  /** The URI as the user wrote it, for texts. */
  readonly text: string;
  /** Folder a relative path in the URI starts from. */
  readonly folder: string;
  /** Whether a store that is not there is made; only commands that make keys want that. */
  readonly create: boolean;
  /** The passphrase or token that opens it; asked for once per call, wiped by whoever called. */
  readonly secret: (question: Pick<SecretQuestion, "message" | "confirm">) => Promise<Uint8Array>;
  /** `options` of the configuration file, to be checked by the provider. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** One kind of provider: a row of the registry. */
export interface ProviderKind {
  /** Scheme of its URIs. */
  readonly scheme: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** How its provider URIs look. */
  readonly uriForm: string;
  /** One text for every way to write the same provider, with relative paths starting from `folder`. */
  canonicalUri(uri: ProviderUri, folder: string): string;
  /** What it can do; no provider is opened. */
  capabilities(): Promise<CapabilityDeclaration>;
  open(request: OpenRequest): Promise<Provider>;
  /** The file that its keys are in, where they are in one. */
  storeFile?(request: OpenRequest): string | undefined;
  /** Options that suit a migration, which uses each of many keys a few times; the configuration file's own come first. */
  readonly migrationOptions?: Readonly<Record<string, unknown>>;
  /**
   * A throw-away provider to try a request on first, where opening the real one would make a store that is not there
   * yet: so that a request that fails leaves no empty store behind. Absent, or `undefined`: nothing would be made.
   */
  rehearsal?(request: OpenRequest): Promise<Provider | undefined>;
  /** The provider as the conformance suite wants it. */
  harness(request: OpenRequest): Harness;
}

/** Opens the provider of a request as any program does that has a configuration. */
export async function openConfigured({ text, ...request }: OpenRequest): Promise<Provider> {
  const { openProvider } = await import("@keyrail/configuration");
  return openProvider({ ...request, uri: text });
}

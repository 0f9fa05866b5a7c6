/** What can be asked of the container, typed: `await container.getAsync(KEYRAIL.signer)` is a `Signer`. */

import type { Ports, Provider } from "@keyrail/core";
import type { Registry, Router } from "@keyrail/registry";
import type { ServiceIdentifier } from "inversify";
import type { HealthCheck } from "./health/health-check.ts";

/** The ports of the router. */
export type PortName = keyof Ports;

/** Tokens of the ports of the router. */
export type PortTokens = { readonly [Port in PortName]: ServiceIdentifier<Router[Port]> };

/** Every token but those of single providers. */
export interface KeyrailTokens extends PortTokens {
  /** The provider that the configuration names as the default. */
  readonly provider: ServiceIdentifier<Provider>;
  readonly registry: ServiceIdentifier<Registry>;
  readonly router: ServiceIdentifier<Router>;
  readonly healthCheck: ServiceIdentifier<HealthCheck>;
}

/** The tokens of the ports, for the module that binds them. */
export const PORTS: PortTokens = {
  keys: token("port/keys"),
  catalog: token("port/catalog"),
  signer: token("port/signer"),
  verifier: token("port/verifier"),
  agreement: token("port/agreement"),
  mac: token("port/mac"),
  cipher: token("port/cipher"),
  keyWrap: token("port/key-wrap"),
  kem: token("port/kem"),
  keyExport: token("port/key-export"),
  deterministicDerivation: token("port/deterministic-derivation"),
  opener: token("port/opener"),
  approvals: token("port/approvals"),
};

/**
 * The router's ports (`KEYRAIL.signer`, `KEYRAIL.keys`, …), the router itself, the registry, the default provider and the
 * health check. For a single provider see {@link providerToken}.
 */
export const KEYRAIL: KeyrailTokens = {
  ...PORTS,
  provider: token("provider"),
  registry: token("registry"),
  router: token("router"),
  healthCheck: token("health-check"),
};

/** The token of the provider with this name: the name its module was given, else `software`, `encedo` or `dfns`. */
export function providerToken(name: string): ServiceIdentifier<Provider> {
  return token(`provider/${name}`);
}

/** The same symbol in every copy of this package, so that two copies in one process still meet. */
export function token<Service>(name: string): ServiceIdentifier<Service> {
  return Symbol.for(`@keyrail/inversify/${name}`);
}

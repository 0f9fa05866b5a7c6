/** What can be asked of the container, typed: `await container.getAsync(KEYRAIL.signer)` is a `Signer`. */

import type { Ports, Provider } from "@keyrail/core";
import type { Registry } from "@keyrail/registry";
import type { ServiceIdentifier } from "inversify";
import type { HealthCheck } from "./health/health-check.ts";

/** Every token but those of single providers; for these see {@link providerToken}. */
export const KEYRAIL: {
  readonly registry: ServiceIdentifier<Registry>;
  readonly healthCheck: ServiceIdentifier<HealthCheck>;
} = {
  registry: token("registry"),
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

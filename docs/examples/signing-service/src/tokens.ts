/** What the container of the service holds beside Keyrail's own tokens and the classes, which are their own tokens. */

import type { ServiceIdentifier } from "inversify";
import type { ServiceConfiguration } from "./configuration/service-configuration.ts";
import type { Routes } from "./http/routes.ts";

/** Tokens of the service. */
export const SERVICE: {
  readonly configuration: ServiceIdentifier<ServiceConfiguration>;
  /** Every group of routes; bound once per group. */
  readonly routes: ServiceIdentifier<Routes>;
} = {
  configuration: Symbol("service configuration"),
  routes: Symbol("routes"),
};

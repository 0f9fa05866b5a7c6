import { ContainerModule } from "inversify";
import { KEYRAIL } from "../tokens.ts";
import { healthCheckOf } from "./health-check.ts";

/** Binds `KEYRAIL.healthCheck`: the health of the providers and the registry whose modules the container has. */
export function healthModule(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(KEYRAIL.healthCheck).toDynamicValue(healthCheckOf).inTransientScope();
  });
}

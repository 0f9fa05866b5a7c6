/** The service as a whole: its container, started and stopped. */

import { createKeyrailContainer } from "@keyrail/inversify";
import { ContainerModule } from "inversify";
import type { ServiceConfiguration } from "./configuration/service-configuration.ts";
import { BearerToken } from "./http/bearer-token.ts";
import { HttpServer } from "./http/http-server.ts";
import { KeyProvisioning } from "./keys/key-provisioning.ts";
import { PublicKeys } from "./keys/public-keys.ts";
import { HealthRoutes } from "./routes/health-routes.ts";
import { KeyRoutes } from "./routes/key-routes.ts";
import { ProblemRoutes } from "./routes/problem-routes.ts";
import { SigningRoutes } from "./routes/signing-routes.ts";
import { VerificationRoutes } from "./routes/verification-routes.ts";
import { SERVICE } from "./tokens.ts";

/** A service that listens. */
export interface RunningService {
  readonly url: string;
  /** Says 503 on `/health`, serves for `shutdownDelay` more, answers what is in flight, closes everything. */
  stop(): Promise<void>;
}

/** The service's own bindings, beside those of Keyrail. */
function serviceModule(configuration: ServiceConfiguration): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(SERVICE.configuration).toConstantValue(configuration);
    bind(BearerToken)
      .toDynamicValue(() => BearerToken.load(configuration))
      .inSingletonScope();
    for (const single of [PublicKeys, HealthRoutes, KeyProvisioning]) bind<object>(single).toSelf().inSingletonScope();
    bind(SERVICE.routes).toService(HealthRoutes);
    for (const routes of [SigningRoutes, VerificationRoutes, KeyRoutes, ProblemRoutes]) bind(SERVICE.routes).to(routes);
    bind(HttpServer).toSelf().inSingletonScope();
  });
}

/**
 * Starts the service.
 * @throws KeyrailError `InvalidConfiguration`, and what opening the provider or the registry throws; nothing stays open then.
 */
export async function startService(configuration: ServiceConfiguration): Promise<RunningService> {
  const container = await createKeyrailContainer(configuration.keyrail, {
    folder: configuration.folder,
    // An alias stands for the key it names now, also when another process switched it a moment ago.
    registry: { actor: "signing-service", maximumAge: 0 },
  });
  container.load(serviceModule(configuration));
  try {
    // What is wrong with the configuration comes out before anything is made at a vendor.
    const server = await container.getAsync(HttpServer);
    await (await container.getAsync(KeyProvisioning)).run();
    const url = await server.listen();
    const health = await container.getAsync(HealthRoutes);
    return {
      url,
      async stop() {
        health.stop();
        await server.stop();
        await container.unbindAllAsync();
      },
    };
  } catch (error) {
    // What went wrong first is what there is to tell.
    await container.unbindAllAsync().catch(() => undefined);
    throw error;
  }
}

import type { RouterOptions } from "@keyrail/registry";
import { ContainerModule, type ResolutionContext } from "inversify";
import { PARTS } from "../health/part.ts";
import { bindOpening } from "../lifecycle/bind-opening.ts";
import { KEYRAIL, type PortName, PORTS, providerToken } from "../tokens.ts";
import { optionsFrom, type OptionsSource } from "./options-source.ts";

/** Options of {@link routerModule}. */
export type RouterModuleOptions = Pick<RouterOptions, "defaultProvider" | "earlierVersions">;

/**
 * Binds `KEYRAIL.router` and every port of it (`KEYRAIL.signer`, `KEYRAIL.keys`, …): the registry and all providers whose
 * modules the container has when the router is first asked for. These are opened with it.
 */
export function routerModule(options: OptionsSource<RouterModuleOptions> = {}): ContainerModule {
  return new ContainerModule((loading) => {
    bindOpening(loading, "router", "The router", KEYRAIL.router, async (context) => {
      const { createRouter } = await import("@keyrail/registry");
      const registry = await context.getAsync(KEYRAIL.registry);
      return createRouter({ registry, providers: await providers(context), ...(await optionsFrom(options, context)) });
    });
    let port: PortName;
    for (port in PORTS) {
      const name = port;
      loading
        .bind<unknown>(PORTS[name])
        .toDynamicValue(async (context) => (await context.getAsync(KEYRAIL.router))[name])
        .inTransientScope();
    }
  });
}

async function providers(context: ResolutionContext): Promise<RouterOptions["providers"]> {
  const names = context
    .getAll(PARTS, { optional: true })
    .filter(({ kind }) => kind === "provider")
    .map(({ name }) => name);
  const opened = await Promise.all(
    names.map(async (name) => [name, await context.getAsync(providerToken(name))] as const),
  );
  return Object.fromEntries(opened);
}

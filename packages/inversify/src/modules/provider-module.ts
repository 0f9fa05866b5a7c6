import type { Provider } from "@keyrail/core";
import { ContainerModule, type ResolutionContext } from "inversify";
import { PARTS } from "../health/part.ts";
import { bindOpening } from "../lifecycle/bind-opening.ts";
import { providerToken } from "../tokens.ts";

/** Options of a module that binds a provider. */
export interface ProviderModuleOptions {
  /** The name in the container, where there are several providers of one kind. Default: the provider's own. */
  readonly name?: string;
}

/**
 * Binds `providerToken(name)` to a provider that `open` gives when it is first asked for. For providers of your own; those
 * of Keyrail have a module each.
 *
 * The provider is opened once, closed with the container, and tried again when opening it failed.
 */
export function providerModule(name: string, open: (context: ResolutionContext) => Promise<Provider>): ContainerModule {
  return new ContainerModule((options) => {
    const service = providerToken(name);
    bindOpening(options, `provider/${name}`, `The provider ${name}`, service, open);
    options.bind(PARTS).toConstantValue({
      kind: "provider",
      name,
      health: async (context, limits) => (await context.getAsync(service)).health(limits),
    });
  });
}

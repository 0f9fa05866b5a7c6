import type { RegistryOptions } from "@keyrail/registry";
import { ContainerModule } from "inversify";
import { PARTS } from "../health/part.ts";
import { bindOpening } from "../lifecycle/bind-opening.ts";
import { KEYRAIL } from "../tokens.ts";
import { optionsFrom, type OptionsSource } from "./options-source.ts";

/** Binds `KEYRAIL.registry`: opened on first use, closed with the container, tried again when opening it failed. */
export function registryModule(options: OptionsSource<RegistryOptions>): ContainerModule {
  return new ContainerModule((loading) => {
    bindOpening(loading, "registry", "The registry", KEYRAIL.registry, async (context) =>
      (await import("@keyrail/registry")).openRegistry(await optionsFrom(options, context)),
    );
    loading.bind(PARTS).toConstantValue({
      kind: "registry",
      name: "registry",
      health: async (context) => (await context.getAsync(KEYRAIL.registry)).health(),
    });
  });
}

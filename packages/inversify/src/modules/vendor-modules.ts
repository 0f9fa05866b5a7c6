/** A module for each provider of Keyrail. The vendor's adapter is loaded when its provider is first asked for. */

import type { DfnsProviderOptions } from "@keyrail/dfns";
import type { EncedoProviderOptions } from "@keyrail/encedo";
import type { SoftwareProviderOptions } from "@keyrail/software";
import type { ContainerModule } from "inversify";
import { optionsFrom, type OptionsSource } from "./options-source.ts";
import { providerModule, type ProviderModuleOptions } from "./provider-module.ts";

/** Binds `providerToken("software")`, or another name, to the software provider. */
export function softwareModule(
  options: OptionsSource<SoftwareProviderOptions>,
  { name = "software" }: ProviderModuleOptions = {},
): ContainerModule {
  return providerModule(name, async (context) =>
    (await import("@keyrail/software")).openSoftwareProvider(await optionsFrom(options, context)),
  );
}

/** Binds `providerToken("encedo")`, or another name, to the provider of one Encedo HEM. */
export function encedoModule(
  options: OptionsSource<EncedoProviderOptions>,
  { name = "encedo" }: ProviderModuleOptions = {},
): ContainerModule {
  return providerModule(name, async (context) =>
    (await import("@keyrail/encedo")).openEncedoProvider(await optionsFrom(options, context)),
  );
}

/** Binds `providerToken("dfns")`, or another name, to the Dfns provider of one organisation. */
export function dfnsModule(
  options: OptionsSource<DfnsProviderOptions>,
  { name = "dfns" }: ProviderModuleOptions = {},
): ContainerModule {
  return providerModule(name, async (context) =>
    (await import("@keyrail/dfns")).openDfnsProvider(await optionsFrom(options, context)),
  );
}

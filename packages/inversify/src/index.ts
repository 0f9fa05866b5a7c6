/** Keyrail in an inversify container: tokens, modules, and a container made of one configuration. */

export type { HealthCheck, HealthReport, PartHealth } from "./health/health-check.ts";
export { healthModule } from "./health/health-module.ts";
export { createKeyrailContainer, type KeyrailContainerOptions } from "./keyrail-container.ts";
export { dfnsModule, encedoModule, softwareModule } from "./modules/vendor-modules.ts";
export type { OptionsSource } from "./modules/options-source.ts";
export { providerModule, type ProviderModuleOptions } from "./modules/provider-module.ts";
export { registryModule } from "./modules/registry-module.ts";
export { routerModule, type RouterModuleOptions } from "./modules/router-module.ts";
export { KEYRAIL, type KeyrailTokens, type PortTokens, providerToken } from "./tokens.ts";

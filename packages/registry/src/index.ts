export { openRegistry, type RegistryOptions } from "./open-registry.ts";
export * from "./registry.ts";

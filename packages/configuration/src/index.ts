/** What a configuration may say, and open providers made of it. */

export { checkConfiguration, type CheckedConfiguration, type ConfigurationProblem } from "./check-configuration.ts";
export type { KeyrailConfiguration, NamedProvider } from "./configuration.ts";
export { locateRegistry } from "./locate-registry.ts";
export { openProvider, type OpenProviderRequest, PROVIDER_SCHEMES } from "./open-provider.ts";
export { readSecretFile } from "./secret-file.ts";
export type { SecretQuestion } from "./vendors/vendor.ts";

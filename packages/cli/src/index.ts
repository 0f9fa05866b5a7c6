/** What `keyrail.config.ts` and the documentation of the command are made with. */

export type { KeyrailConfiguration, NamedProvider } from "@keyrail/configuration";
export { defineConfig } from "./config/configuration.ts";
export { defaultUsages } from "./keys/default-usages.ts";
export { renderCommandReference } from "./reference/command-reference.ts";

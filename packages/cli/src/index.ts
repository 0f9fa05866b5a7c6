/** What `keyrail.config.ts` and the documentation of the command are made with. */

export { defineConfig, type KeyrailConfig, type NamedProvider } from "./config/schema.ts";
export { defaultUsages } from "./keys/default-usages.ts";
export { renderCommandReference } from "./reference/command-reference.ts";

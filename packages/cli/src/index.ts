/** What the configuration file `keyrail.config.ts` imports. */

export { defineConfig, type KeyrailConfig, type NamedProvider } from "./config/schema.ts";

import { defineConfig, type UserConfig } from "tsdown";

/** Node.js runs no decorators, so the service is built. What it depends on stays outside the file. */
const config: UserConfig = defineConfig({
  entry: ["src/main.ts"],
  format: "esm",
  platform: "node",
  target: "node22.19",
  dts: false,
  clean: true,
  fixedExtension: false,
  failOnWarn: true,
  logLevel: "warn",
});

export default config;

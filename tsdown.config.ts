import { defineConfig, type UserConfig } from "tsdown";

// One bundled file per entry point and per package; types come from isolated declarations.
const config: UserConfig = defineConfig({
  workspace: ["packages/*", "providers/*", "conformance-tests"],
  entry: ["src/index.ts"],
  format: "esm",
  platform: "node",
  target: "node22.19",
  dts: { oxc: true },
  clean: true,
  fixedExtension: false,
});

export default config;

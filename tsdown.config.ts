import { defineConfig } from "tsdown";

// One bundled file per entry point and per package; types come from isolated declarations.
export default defineConfig({
  workspace: ["packages/*", "providers/*", "conformance-tests"],
  entry: ["src/index.ts"],
  format: "esm",
  platform: "node",
  target: "node22.19",
  dts: { oxc: true },
  clean: true,
  fixedExtension: false,
});

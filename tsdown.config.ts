import { cpSync } from "node:fs";
import path from "node:path";
import { defineConfig, type UserConfig } from "tsdown";
import { bundledDependencies } from "./scripts/fence/layers.ts";
import { entriesOf, publishedPackages, type WorkspacePackage } from "./scripts/workspace.ts";

const root = import.meta.dirname;

/** One bundled file per entry point; types come from isolated declarations. */
function configOf(workspacePackage: WorkspacePackage): UserConfig {
  const { folder, manifest } = workspacePackage;
  const bundled = bundledDependencies.filter((name) => name in { ...manifest.devDependencies });
  return {
    cwd: path.join(root, folder),
    name: folder,
    entry: entriesOf(workspacePackage),
    format: "esm",
    platform: "node",
    target: "node22.19",
    dts: { oxc: true },
    clean: true,
    fixedExtension: false,
    // Published types may not name what is bundled: such an import stays, and the check of the packed package finds it.
    deps: { onlyBundle: [...bundled], dts: { neverBundle: bundled.map((name) => new RegExp(`^${name}(/|$)`)) } },
    failOnWarn: true,
    logLevel: "warn",
    // What is bundled is published with us, and so is its licence.
    onSuccess: () => {
      for (const name of bundled) {
        cpSync(
          path.join(root, folder, "node_modules", name, "LICENSE"),
          path.join(root, folder, "dist", `${name}.LICENSE`),
        );
      }
    },
  };
}

const config: UserConfig[] = defineConfig(publishedPackages(root).map(configOf));

export default config;

/** What must hold of a package as it is published, beyond what publint and are-the-types-wrong look at. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { importsOf, packageName } from "../fence/imports.ts";
import { readManifest } from "../workspace.ts";
import type { Packed } from "./pack.ts";

/** The problems of an unpacked package, one line each. */
export function inspect({ name, folder }: Packed): string[] {
  const problems: string[] = [];
  const manifestFile = path.join(folder, "package.json");
  const manifest = readManifest(manifestFile);
  if (/keyrail-source|workspace:/.test(readFileSync(manifestFile, "utf8"))) {
    problems.push("package.json still has the workspace's own conditions or versions");
  }
  for (const file of ["LICENSE", "README.md"]) {
    if (!existsSync(path.join(folder, file))) problems.push(`${file} is missing`);
  }
  for (const file of Object.values(manifest.bin ?? {})) {
    if (!readFileSync(path.join(folder, file), "utf8").startsWith("#!/usr/bin/env node\n")) {
      problems.push(`${file} does not start with #!/usr/bin/env node`);
    }
  }
  const installed = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
  for (const file of globSync("dist/**/*.{js,d.ts}", { cwd: folder })) {
    for (const { specifier, line } of importsOf(file, readFileSync(path.join(folder, file), "utf8"))) {
      if (specifier.startsWith(".") || isBuiltin(specifier) || packageName(specifier) in installed) continue;
      problems.push(`${file}:${line} imports ${specifier}, which a user does not have`);
    }
  }
  return problems.map((problem) => `${name}: ${problem}`);
}

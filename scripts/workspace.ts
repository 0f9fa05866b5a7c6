/** The packages of the workspace, read from their package.json files. */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

/** The parts of a package.json the scripts look at. */
export interface Manifest {
  name: string;
  version: string;
  private?: boolean | undefined;
  bin?: Record<string, string> | undefined;
  exports?: Record<string, unknown> | undefined;
  dependencies?: Record<string, string> | undefined;
  devDependencies?: Record<string, string> | undefined;
  peerDependencies?: Record<string, string> | undefined;
  optionalDependencies?: Record<string, string> | undefined;
  publishConfig?: { bin?: Record<string, string> | undefined } | undefined;
}

const dependencyMap = z.optional(z.record(z.string(), z.string()));

const manifestSchema: z.ZodType<Manifest> = z.object({
  name: z.string(),
  version: z.string(),
  private: z.optional(z.boolean()),
  bin: z.optional(z.record(z.string(), z.string())),
  exports: z.optional(z.record(z.string(), z.unknown())),
  dependencies: dependencyMap,
  devDependencies: dependencyMap,
  peerDependencies: dependencyMap,
  optionalDependencies: dependencyMap,
  publishConfig: z.optional(z.object({ bin: z.optional(z.record(z.string(), z.string())) })),
});

/** A package of the workspace; `folder` is relative to the repository. */
export interface WorkspacePackage {
  folder: string;
  manifest: Manifest;
}

const folderPatterns = ["packages/*", "providers/*", "conformance-tests", "docs/examples/*"];

/** Reads a package.json. Throws where it is not one. */
export function readManifest(file: string): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}

/** The package of `folder`, which has a package.json. */
export function readPackage(root: string, folder: string): WorkspacePackage {
  return { folder, manifest: readManifest(path.join(root, folder, "package.json")) };
}

/** Every package of the workspace, but for the root. */
export function workspacePackages(root: string): WorkspacePackage[] {
  return globSync(folderPatterns, { cwd: root })
    .filter((folder) => existsSync(path.join(root, folder, "package.json")))
    .map((folder) => readPackage(root, folder))
    .toSorted((a, b) => a.folder.localeCompare(b.folder));
}

/** The packages that are published: all but the examples. */
export function publishedPackages(root: string): WorkspacePackage[] {
  return workspacePackages(root).filter(({ manifest }) => manifest.private !== true);
}

const sourceExport = z.object({ "keyrail-source": z.string() });

/** The source files a package is built from: each source its `exports` name, and the source of each command. */
export function entriesOf({ manifest }: WorkspacePackage): string[] {
  const exported = Object.values(manifest.exports ?? {}).flatMap((target) => {
    const parsed = sourceExport.safeParse(target);
    return parsed.success ? [parsed.data["keyrail-source"]] : [];
  });
  const commands = Object.values(manifest.publishConfig?.bin ?? {});
  return [...exported, ...commands.map((file) => file.replace(/^(?:\.\/)?dist\/(.*)\.js$/, "./src/$1.ts"))];
}

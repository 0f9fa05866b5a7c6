/** The dependency fence: who may import what, checked on every TypeScript file of the workspace. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { bundledDependencies, layers, providerNames, testsMayImport } from "./layers.ts";
import { importsOf, isTest, packageName, typeScriptFiles, withoutComments } from "./imports.ts";
import { readPackage, workspacePackages, type Manifest, type WorkspacePackage } from "../workspace.ts";

interface Context {
  root: string;
  packages: readonly WorkspacePackage[];
  rootManifest: Manifest;
}

function checkRelative(
  context: Context,
  owner: WorkspacePackage | undefined,
  file: string,
  specifier: string,
): string[] {
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
  const other = context.packages.find(({ folder }) => target.startsWith(`${folder}/`));
  if (other !== undefined && other !== owner)
    return [`reaches into ${other.folder} by path; import ${other.manifest.name}`];
  const outside = owner !== undefined && other === undefined;
  if (outside && !(isTest(file) && target.startsWith("test/"))) return ["reaches out of its package by path"];
  return [];
}

function checkDeclared(context: Context, owner: WorkspacePackage, file: string, name: string): string[] {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = owner.manifest;
  if (name in { ...dependencies, ...peerDependencies, ...optionalDependencies }) return [];
  if (isTest(file) && name in { ...devDependencies, ...context.rootManifest.devDependencies }) return [];
  if (bundledDependencies.includes(name) && name in { ...devDependencies }) return [];
  return [`is not in the dependencies of ${owner.folder}/package.json`];
}

function checkLayer(owner: WorkspacePackage, file: string, name: string): string[] {
  if (name === owner.manifest.name) return isTest(file) ? [] : ["a package imports itself by path, not by name"];
  if (isTest(file)) return testsMayImport(owner.folder)(name) ? [] : ["an emulator's tests know no adapter"];
  const layer = layers.find(({ folder }) => folder === owner.folder);
  if (layer === undefined) {
    return owner.folder.startsWith("docs/") ? [] : [`${owner.folder} has no layer in scripts/fence/layers.ts`];
  }
  return layer.mayImport.includes(name) ? [] : [`${owner.folder} may not import ${name} (docs/dependencies.md)`];
}

function checkPackageImport(
  context: Context,
  owner: WorkspacePackage | undefined,
  file: string,
  specifier: string,
): string[] {
  const name = packageName(specifier);
  const target = context.packages.find(({ manifest }) => manifest.name === name);
  const problems = owner === undefined ? [] : checkDeclared(context, owner, file, name);
  if (target === undefined) return problems;
  const subpath = `.${specifier.slice(name.length)}`;
  if (!(subpath in (target.manifest.exports ?? {}))) problems.push(`${name} does not export ${subpath}`);
  if (owner !== undefined) problems.push(...checkLayer(owner, file, name));
  return problems;
}

function checkFile(context: Context, owner: WorkspacePackage | undefined, file: string): string[] {
  const text = readFileSync(path.join(context.root, file), "utf8");
  const problems = importsOf(file, text).flatMap(({ specifier, line }) => {
    if (isBuiltin(specifier)) return [];
    const found = specifier.startsWith(".")
      ? checkRelative(context, owner, file, specifier)
      : checkPackageImport(context, owner, file, specifier);
    return found.map((problem) => `${file}:${line}: "${specifier}": ${problem}`);
  });
  if (owner?.folder !== "packages/core" || isTest(file)) return problems;
  withoutComments(file, text)
    .split("\n")
    .forEach((code, index) => {
      const name = providerNames.exec(code)?.[0];
      if (name !== undefined) problems.push(`${file}:${index + 1}: core names a provider: "${name}"`);
    });
  return problems;
}

/** Every breach of the fence below `root`, one line each with file and line; empty when there is none. */
export function checkFence(root: string): string[] {
  const context = { root, packages: workspacePackages(root), rootManifest: readPackage(root, ".").manifest };
  const ofPackages = context.packages.flatMap((owner) =>
    typeScriptFiles(root, owner.folder).flatMap((file) => checkFile(context, owner, file)),
  );
  const atRoot = ["scripts", "test", "bench", "docs"]
    .flatMap((folder) => typeScriptFiles(root, folder))
    .filter((file) => !context.packages.some(({ folder }) => file.startsWith(`${folder}/`)));
  return [...ofPackages, ...atRoot.flatMap((file) => checkFile(context, undefined, file))];
}

/** `docs/dependencies.md` has one line for each dependency, and none for anything else. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { readPackage, workspacePackages } from "../workspace.ts";

const page = "docs/dependencies.md";

/** What is missing on the page, and what stands there in vain or more than once. */
export function checkDependencyList(root: string): string[] {
  const packages = [readPackage(root, "."), ...workspacePackages(root)];
  const own = new Set(packages.map(({ manifest }) => manifest.name));
  const used = new Set(
    packages.flatMap(({ manifest }) => [
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.devDependencies ?? {}),
      ...Object.keys(manifest.peerDependencies ?? {}),
      ...Object.keys(manifest.optionalDependencies ?? {}),
    ]),
  );
  const rows = [...readFileSync(path.join(root, page), "utf8").matchAll(/^\| `([^`]+)`/gm)].map(
    ([, name = ""]) => name,
  );
  const listed = new Set(rows);
  const repeated = new Set(rows.filter((name, at) => rows.indexOf(name) !== at));
  return [
    ...[...used].filter((name) => !own.has(name) && !listed.has(name)).map((name) => `${page}: no line for ${name}`),
    ...[...listed].filter((name) => !used.has(name)).map((name) => `${page}: nothing depends on ${name}`),
    ...[...repeated].map((name) => `${page}: ${name} has more than one line`),
  ];
}

/** A user's project: outside the workspace, with the packed packages installed from their tarballs. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root, run, type RunResult } from "../process.ts";
import type { Packed } from "./pack.ts";

/** The compiler options a careful user has: the types of every dependency are checked too. */
const compilerOptions = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
};

/** An installed project. `remove` deletes it. */
export interface Consumer {
  folder: string;
  remove(): void;
}

/** What npm tells the scripts it starts about our own project, and must not reach an npm in another one. */
function environment(): NodeJS.ProcessEnv {
  const foreign = /^(npm_(package|lifecycle|config_(local_prefix|prefix|loglevel))|INIT_CWD$)/;
  return Object.fromEntries(
    Object.keys(process.env).flatMap((name) => (foreign.test(name) ? [[name, undefined]] : [])),
  );
}

/** Makes the project and installs `packages` with npm, as a user would. Throws with npm's own words. */
export async function installConsumer(packages: readonly Packed[]): Promise<Consumer> {
  const folder = mkdtempSync(path.join(tmpdir(), "keyrail-consumer-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const dependencies = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const manifest = { name: "consumer", private: true, type: "module", dependencies };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["types.ts"] }));
  cpSync(path.join(root, "test/consumer"), folder, { recursive: true });
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const { code, output } = await run("npm", args, { cwd: folder, env: environment() });
  if (code === 0) return { folder, remove };
  remove();
  throw new Error(`npm could not install the packed packages:\n${output}`);
}

/** Type checks the project with the published types alone. */
export function typeCheck({ folder }: Consumer): Promise<RunResult> {
  return run("tsc", ["-p", folder, "--typeRoots", path.join(root, "node_modules/@types")]);
}

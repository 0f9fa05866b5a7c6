/** Types and build: of the packages in one go, and of each example, which has a configuration of its own. */
import path from "node:path";
import { root, run } from "../process.ts";
import { workspacePackages } from "../workspace.ts";
import type { Step, StepResult } from "./step.ts";

const examples = workspacePackages(root).filter(({ manifest }) => manifest.private === true);

/** Runs a program for the packages, then for each example; the output of what failed. */
async function everywhere(
  program: string,
  forPackages: readonly string[],
  forExample: (folder: string) => { readonly args: readonly string[]; readonly cwd?: string },
): Promise<StepResult> {
  const results = [await run(program, forPackages)];
  for (const { folder } of examples) {
    const { args, cwd = root } = forExample(folder);
    results.push(await run(program, args, { cwd }));
  }
  const failed = results.filter(({ code }) => code !== 0);
  return { ok: failed.length === 0, output: failed.map(({ output }) => output).join("\n") };
}

export const types: Step = {
  name: "types",
  title: "types (tsc)",
  run: () => everywhere("tsc", ["-p", "."], (folder) => ({ args: ["-p", folder] })),
};

export const build: Step = {
  name: "build",
  title: "build (tsdown)",
  run: () => everywhere("tsdown", [], (folder) => ({ args: [], cwd: path.join(root, folder) })),
};

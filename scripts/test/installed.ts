/** The packed packages in a user's project, on each Node.js they promise: the library, the command, the types. */
import path from "node:path";
import { type Consumer, installConsumer, typeCheck } from "../packages/consumer.ts";
import { packAll } from "../packages/pack.ts";
import { nodeBinaries, run } from "../process.ts";
import type { Step } from "./step.ts";

/** Runs the user's programs on one Node.js; the output of each that failed. */
async function useOn(binary: string, consumer: Consumer, names: readonly string[]): Promise<string[]> {
  const env = { PATH: `${path.dirname(binary)}${path.delimiter}${process.env["PATH"] ?? ""}` };
  const programs = [
    ["library.mjs", ...names],
    ["command.mjs", path.join(consumer.folder, "node_modules/.bin/keyrail")],
  ];
  const failures: string[] = [];
  for (const args of programs) {
    const { code, output } = await run(binary, args, { cwd: consumer.folder, env });
    if (code !== 0) failures.push(`${args[0]}:\n${output.trim()}`);
  }
  return failures;
}

export const installed: Step = {
  name: "installed",
  title: "packed packages installed and used outside the workspace",
  needs: ["packages"],
  run: async () => {
    const packed = await packAll();
    const consumer = await installConsumer(packed);
    try {
      const problems: string[] = [];
      const types = await typeCheck(consumer);
      if (types.code !== 0) problems.push(types.output);
      const names = packed.map(({ name }) => name);
      const versions: string[] = [];
      for (const binary of nodeBinaries) {
        versions.push((await run(binary, ["--version"])).stdout.trim());
        const failures = await useOn(binary, consumer, names);
        problems.push(...failures.map((failure) => `On Node.js ${versions.at(-1)}, ${failure}`));
      }
      return { ok: problems.length === 0, output: problems.join("\n\n"), note: `Node.js ${versions.join(", ")}` };
    } finally {
      consumer.remove();
    }
  },
};

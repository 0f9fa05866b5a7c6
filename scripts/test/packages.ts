/** The packages as they would be published: packed, and looked at by publint, are-the-types-wrong and our own rules. */
import { inspect } from "../packages/inspect.ts";
import { type Packed, packAll } from "../packages/pack.ts";
import { run } from "../process.ts";
import type { Step } from "./step.ts";

/** What a checking program says of a tarball; nothing when it is content. */
async function complaints(program: string, args: readonly string[]): Promise<string[]> {
  const { code, output } = await run(program, args);
  return code === 0 ? [] : [output.trim()];
}

async function check(packed: Packed): Promise<string[]> {
  return [
    ...inspect(packed),
    ...(await complaints("publint", ["run", "--strict", packed.tarball])),
    // Node.js 22.19 can require() an ES module, so the packages have no CommonJS twin.
    ...(await complaints("attw", [packed.tarball, "--profile", "esm-only", "--no-definitely-typed", "-f", "ascii"])),
  ];
}

export const packages: Step = {
  name: "packages",
  title: "packed packages are well formed (publint, are-the-types-wrong)",
  needs: ["build"],
  run: async () => {
    const packed = await packAll();
    const problems: string[] = [];
    for (const one of packed) problems.push(...(await check(one)));
    return { ok: problems.length === 0, output: problems.join("\n"), note: `${packed.length} packages` };
  },
};

/** T11: what loading the built packages costs over an empty process. Needs a build; main.ts makes one. */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { atMost, median, type Row } from "../compare.ts";

const root = path.resolve(import.meta.dirname, "../..");

export async function t11ColdImport(): Promise<Row[]> {
  const modules = {
    empty: "",
    zod: importOf("packages/core/node_modules/zod/index.js"),
    core: importOf("packages/core/dist/index.js"),
    software: importOf("providers/software/dist/index.js"),
  };
  const times: Record<keyof typeof modules, number[]> = { empty: [], zod: [], core: [], software: [] };
  const names: readonly (keyof typeof modules)[] = ["empty", "zod", "core", "software"];
  for (let round = 0; round < 16; round += 1) {
    for (const name of names) {
      const time = processTime(modules[name]);
      if (round > 0) times[name].push(time);
    }
  }
  const empty = median(times.empty);
  const zod = median(times.zod) - empty;
  const core = median(times.core) - empty;
  const software = median(times.software) - empty;
  return [
    { ...atMost("T11", `import of core against import of zod (${zod.toFixed(1)} ms)`, 0.5, core / zod, "x") },
    atMost("T11", "import of the software provider over core", 10, software - core, "ms"),
  ];
}

function importOf(file: string): string {
  return `await import(${JSON.stringify(path.join(root, file))});`;
}

/** Milliseconds of a whole process that runs one line. */
function processTime(code: string): number {
  const started = performance.now();
  const result = spawnSync(process.execPath, ["--input-type=module", "-e", code], { cwd: root, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`the built packages do not load; build them first: ${result.stderr}`);
  return performance.now() - started;
}

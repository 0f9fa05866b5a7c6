import { execFileSync } from "node:child_process";

import { describe, expect, it } from "vitest";

const INDEX = new URL("../src/index.ts", import.meta.url).href;

/** The modules a fresh process has loaded after running a script. */
function modulesLoadedBy(script: string): string[] {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const crypto = await import(${JSON.stringify(INDEX)});
    ${script}
    process.stdout.write(JSON.stringify(loaded));
  `;
  const output = execFileSync(process.execPath, [
    "--conditions=keyrail-source",
    "--input-type=module",
    "--eval",
    program,
  ]);
  return JSON.parse(output.toString("utf8")) as string[];
}

const noble = (modules: readonly string[]): string[] => modules.filter((url) => /\/@(noble|scure)\//.test(url));

describe("importing the package", () => {
  it("loads no noble module until one is used", () => {
    const modules = modulesLoadedBy("");
    expect(modules).toContain(INDEX);
    expect(noble(modules)).toEqual([]);
  });

  it("loads noble with the first thing that stands on it", () => {
    expect(noble(modulesLoadedBy("await crypto.loadStark();")).length).toBeGreaterThan(0);
  });
});

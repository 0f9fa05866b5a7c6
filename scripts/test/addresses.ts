/** No committed file names a package registry, and the lockfile has no download address: any registry can serve it. */
import { run } from "../process.ts";
import type { Step } from "./step.ts";

/** The public registry, in pieces so that this file does not name it, and the one this machine uses. */
async function registryHosts(): Promise<Set<string>> {
  const hosts = new Set([["registry", "npmjs", "org"].join(".")]);
  const { stdout } = await run("npm", ["config", "get", "registry"], { env: { npm_config_loglevel: "error" } });
  if (URL.canParse(stdout.trim())) hosts.add(new URL(stdout.trim()).hostname);
  return hosts;
}

export const addresses: Step = {
  name: "addresses",
  title: "no registry address in a committed file",
  run: async () => {
    const searches = [["-nE", "https?://|tarball:", "--", "pnpm-lock.yaml"]];
    for (const host of await registryHosts()) searches.push(["-nF", host]);
    const results = await Promise.all(searches.map((search) => run("git", ["grep", ...search])));
    // git grep ends with 1 where it finds nothing, and with more than 1 where it could not look.
    return { ok: results.every(({ code }) => code === 1), output: results.map(({ output }) => output).join("") };
  },
};

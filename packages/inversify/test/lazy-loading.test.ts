/** A container loads what is asked of it, and no vendor before. */

import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

/** The modules a fresh process has loaded after running a script in this package, built-in ones included. */
function modulesLoadedBy(script: string): string[] {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve(name, context, next) { const found = next(name, context); loaded.push(found.url); return found; } });
    const { createKeyrailContainer, KEYRAIL, softwareModule, encedoModule, dfnsModule, registryModule, routerModule, healthModule }
      = await import("@keyrail/inversify");
    const { Container } = await import("inversify");
    ${script}
    process.stdout.write(JSON.stringify(loaded));
  `;
  const options = ["--conditions=keyrail-source", "--no-warnings", "--input-type=module", "--eval", program];
  const modules: string[] = JSON.parse(
    execFileSync(process.execPath, options, { cwd: import.meta.dirname }).toString("utf8"),
  );
  return modules;
}

/** What a service pays for only when it uses it. */
const heavy = (modules: readonly string[]): string[] =>
  modules.filter((url) =>
    /^node:sqlite$|\/providers\/|\/packages\/(registry|database|http|configuration)\/|node_modules\/.*(undici|kysely|pg|@noble)\//.test(
      url,
    ),
  );

const CONFIGURATION = `{ provider: "one", registry: ":memory:", providers: { one: "software::memory:", hem: "encedo://h", mpc: "dfns://h" } }`;

describe("what is loaded when", () => {
  it("importing, and loading modules into a container, loads no vendor, no database and no HTTP client", () => {
    const modules = modulesLoadedBy(`
      new Container().load(
        softwareModule({ store: { kind: "memory" } }),
        encedoModule({ uri: "encedo://h", passphrase: new Uint8Array(8) }),
        dfnsModule({ authToken: "x", credential: { credId: "x", privateKeyPem: "x" } }),
        registryModule({ database: ":memory:" }), routerModule(), healthModule());`);
    expect(modules.filter((url) => url.includes("/packages/inversify/src/"))).not.toEqual([]);
    expect(heavy(modules)).toEqual([]);
  });

  it("a container of a configuration loads the vendor that is asked for alone", () => {
    const script = `
      const container = await createKeyrailContainer(${CONFIGURATION});
      await container.getAsync(KEYRAIL.provider);
      await container.unbindAllAsync();`;
    const modules = heavy(modulesLoadedBy(script)).join(" ");
    expect(modules).toContain("/providers/software/");
    expect(modules).not.toMatch(/providers\/(encedo|dfns)|undici|node:sqlite|kysely|packages\/registry/);
  });
});

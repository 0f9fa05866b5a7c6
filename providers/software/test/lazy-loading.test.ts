import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { storePath } from "./support/stores.ts";

const INDEX = new URL("../src/index.ts", import.meta.url).href;

/** The modules a fresh process has loaded after running a script, built-in ones included. */
function modulesLoadedBy(script: string): string[] {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve(name, context, next) { const found = next(name, context); loaded.push(found.url); return found; } });
    const { openSoftwareProvider } = await import(${JSON.stringify(INDEX)});
    ${script}
    process.stdout.write(JSON.stringify(loaded));
  `;
  const options = ["--conditions=keyrail-source", "--no-warnings", "--input-type=module", "--eval", program];
  const modules: string[] = JSON.parse(execFileSync(process.execPath, options).toString("utf8"));
  return modules;
}

const heavy = (modules: readonly string[]): string[] =>
  modules.filter((url) => /^node:sqlite$|node_modules\/.*(@noble|@scure|secp256k1|undici|inversify)/.test(url));

describe("what is loaded when", () => {
  it("importing loads no SQLite, noble or WebAssembly", () => {
    const modules = modulesLoadedBy("");
    expect(modules).toContain(INDEX);
    expect(heavy(modules)).toEqual([]);
  });

  it("neither does a memory store with keys that node:crypto serves", () => {
    const script = `
      const provider = await openSoftwareProvider({ store: { kind: "memory" } });
      const { uri: key } = await provider.keys.create({ keyType: "P-256", usages: ["sign", "verify"], label: "x" });
      await provider.signer.sign({ key, algorithm: "ES256", message: new Uint8Array(32) });
      await provider.close();`;
    expect(heavy(modulesLoadedBy(script))).toEqual([]);
  });

  it("a file loads SQLite, and secp256k1 its engine", () => {
    const script = `
      const provider = await openSoftwareProvider({ store: { kind: "memory" } });
      await provider.keys.create({ keyType: "secp256k1", usages: ["sign"], label: "x" });
      const path = ${JSON.stringify(storePath())};
      const file = await openSoftwareProvider({ store: { kind: "sqlite", path, keyEncryptionKey: { bytes: new Uint8Array(32) } } });
      await file.close();`;
    const modules = heavy(modulesLoadedBy(script)).join(" ");
    expect(modules).toMatch(/secp256k1/);
    expect(modules).toContain("node:sqlite");
  });
});

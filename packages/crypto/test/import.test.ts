import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const index = fileURLToPath(new URL("../src/index.ts", import.meta.url));

/** The third-party modules that a process has read after running this code with the package as `crypto`. */
async function modulesReadBy(code: string): Promise<readonly string[]> {
  const program = `
    import { registerHooks } from "node:module";
    const read = [];
    registerHooks({ load(url, context, next) { read.push(url); return next(url, context); } });
    const crypto = await import(${JSON.stringify(index)});
    ${code}
    process.stdout.write(JSON.stringify(read));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--conditions=keyrail-source",
    "--input-type=module",
    "--eval",
    program,
  ]);
  const urls: readonly string[] = JSON.parse(stdout);
  return [...new Set(urls.flatMap((url) => /@noble\/[a-z-]+|tiny-secp256k1|secp256k1\/bindings/.exec(url) ?? []))];
}

test("importing the package reads no engine", async () => {
  expect(await modulesReadBy("")).toEqual([]);
});

test("what the runtime has needs no engine either", async () => {
  const code = `
    const key = crypto.generatePrivateKey("P-256");
    crypto.sign(key, { algorithm: "ES256", message: new Uint8Array(3) });
    crypto.sign(crypto.generatePrivateKey("Ed25519"), { algorithm: "Ed25519", message: new Uint8Array(3) });
    crypto.mac(crypto.generateSecretKey("HMAC-SHA-256"), new Uint8Array(3));`;
  expect(await modulesReadBy(code)).toEqual([]);
});

test("each engine is read at its first use", async () => {
  const digest = `
    crypto.sign(crypto.generatePrivateKey("P-256"), { algorithm: "ECDSA", digest: new Uint8Array(32) });`;
  expect(await modulesReadBy(digest)).toContain("@noble/curves");
  expect(await modulesReadBy(`await crypto.prepareEngines("secp256k1", { engine: "libsecp256k1-wasm" });`)).toContain(
    "tiny-secp256k1",
  );
});

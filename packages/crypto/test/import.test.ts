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

/** Signs, verifies, encapsulates and agrees with every key type, and tells the engine of each signature algorithm. */
const everything = `
  const crypto = await import(${JSON.stringify(index)});
  const { ASYMMETRIC_KEY_TYPES } = await import("@keyrail/core");
  await crypto.prepareEngines("stark");
  const engines = {};
  const bytes = new Uint8Array(32).fill(5);
  for (const keyType of ASYMMETRIC_KEY_TYPES) {
    const key = crypto.openStored(keyType, crypto.toStoredForm(crypto.generatePrivateKey(keyType)));
    const publicKey = crypto.openPublicKey(keyType, key.publicKey);
    for (const algorithm of crypto.signatureAlgorithms(keyType)) {
      const request = { algorithm, ...(algorithm === "ECDSA" ? { digest: bytes } : { message: bytes }) };
      if (algorithm.startsWith("ML-") || algorithm === "Ed25519ctx") request.context = bytes;
      const { signature } = await crypto.signAsync(key, request);
      const other = { ...request, ...(request.context === undefined ? {} : { context: new Uint8Array(1) }) };
      if (!(await crypto.verifyAsync(publicKey, { ...request, signature }))) throw new Error(algorithm);
      if (request.context !== undefined && crypto.verify(publicKey, { ...other, signature })) throw new Error(algorithm);
      engines[algorithm] = crypto.engineFor(keyType, algorithm);
    }
    if (keyType.startsWith("ML-KEM")) {
      const { ciphertext, sharedSecret } = crypto.encapsulate(publicKey);
      if (Buffer.compare(crypto.decapsulate(key, ciphertext), sharedSecret) !== 0) throw new Error(keyType);
    }
    if (keyType.startsWith("X")) await crypto.agreeAsync(key, publicKey);
  }
  process.stdout.write(JSON.stringify(engines));`;

test.each([
  ["node22", "noble"],
  ["node24", "node"],
])("%s runs every key type, ML-DSA on %s", async (runtime, engine) => {
  const node = fileURLToPath(new URL(`../../../node_modules/${runtime}/bin/node`, import.meta.url));
  const flags = ["--conditions=keyrail-source", "--input-type=module", "--eval", everything];
  const { stdout } = await promisify(execFile)(node, flags, { cwd: fileURLToPath(new URL("..", import.meta.url)) });
  expect(JSON.parse(stdout)).toMatchObject({
    "ML-DSA-65": engine,
    Ed25519ctx: engine,
    Ed25519: "node",
    ECDSA: "noble",
  });
});

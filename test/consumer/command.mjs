// A user's shell, as a program: runs the installed `keyrail` command. Argument: the path of the command.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const [command] = process.argv.slice(2);
const folder = mkdtempSync(path.join(process.cwd(), "command-"));
const file = (name) => path.join(folder, name);

function environment() {
  return { encoding: "utf8", env: { ...process.env, KEYRAIL_PASSPHRASE_FILE: file("passphrase") } };
}

/** Runs the command, which must succeed and say nothing on standard error; gives its standard output. */
function keyrail(...args) {
  const { status, stdout, stderr } = spawnSync(command, args, environment());
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" }, `keyrail ${args.join(" ")}`);
  return stdout;
}

try {
  const { version } = JSON.parse(readFileSync("node_modules/keyrail/package.json", "utf8"));
  assert.equal(keyrail("--version").trim(), version);

  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(file("passphrase"), "a passphrase for this test alone\n", { mode: 0o600 });
  writeFileSync(file("key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  writeFileSync(file("message"), "a message");
  const store = `software:${file("keys.sqlite")}`;
  const imported = ["keys", "import", file("key.pem"), "--provider", store, "--label", "a", "--json"];
  const { uri } = JSON.parse(keyrail(...imported));
  assert.equal(keyrail("keys", "public", uri, "--format", "spki"), publicKey.export({ type: "spki", format: "pem" }));

  const signed = [uri, "--algorithm", "Ed25519", "--in", file("message")];
  keyrail("keys", "sign", ...signed, "--out", file("signature"));
  assert.ok(verify(null, readFileSync(file("message")), publicKey, readFileSync(file("signature"))));
  assert.deepEqual(JSON.parse(keyrail("keys", "verify", ...signed, "--signature", file("signature"), "--json")), {
    valid: true,
  });
  writeFileSync(file("message"), "another message");
  const refused = spawnSync(command, ["keys", "verify", ...signed, "--signature", file("signature")], environment());
  assert.equal(refused.status, 3);
  // Nothing but the answer: no warning of the runtime, no stack trace.
  assert.equal(refused.stderr, "");

  // One key type of each engine, and post-quantum on a Node.js that has none of its own.
  for (const keyType of ["P-256", "secp256k1", "stark", "ML-DSA-65", "AES-256"]) {
    keyrail("keys", "create", "--provider", store, "--key-type", keyType, "--label", keyType);
  }
  assert.equal(JSON.parse(keyrail("keys", "list", "--provider", store, "--json")).length, 6);

  const suite = ["conformance", "--provider", "software::memory:", "--only", "mac", "--report", file("report")];
  assert.match(keyrail(...suite), /PASSED/);
  assert.equal(JSON.parse(readFileSync(file("report/report.json"), "utf8")).outcome, "passed");

  const configured = `export default { provider: ${JSON.stringify(store)} as string };\n`;
  writeFileSync(file("keyrail.config.ts"), configured);
  assert.match(keyrail("keys", "list", "--config", file("keyrail.config.ts")), /ML-DSA-65/);
} finally {
  rmSync(folder, { recursive: true });
}

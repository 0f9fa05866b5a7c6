// A user's shell, as a program: runs the installed `keyrail` command. Argument: the path of the command.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const [command] = process.argv.slice(2);
const folder = mkdtempSync(path.join(process.cwd(), "command-"));
const file = (name) => path.join(folder, name);

function keyrail(...args) {
  const env = { ...process.env, KEYRAIL_PASSPHRASE_FILE: file("passphrase") };
  return execFileSync(command, args, { encoding: "utf8", env });
}

try {
  const { version } = JSON.parse(readFileSync("node_modules/keyrail/package.json", "utf8"));
  assert.equal(keyrail("--version").trim(), version);

  if (/^\s+keys\b/m.test(keyrail("--help"))) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(file("passphrase"), "a passphrase for this test alone\n", { mode: 0o600 });
    writeFileSync(file("key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    writeFileSync(file("message"), "a message");

    const store = `software:${file("keys.sqlite")}`;
    const record = JSON.parse(
      keyrail("keys", "import", file("key.pem"), "--provider", store, "--label", "a", "--json"),
    );
    keyrail("keys", "sign", record.uri, "--algorithm", "Ed25519", "--in", file("message"), "--out", file("signature"));
    assert.ok(verify(null, readFileSync(file("message")), publicKey, readFileSync(file("signature"))));
  }
} finally {
  rmSync(folder, { recursive: true });
}

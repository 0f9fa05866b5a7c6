import { createHash, type KeyObject, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PublicKey } from "@keyrail/core";
import { EVIDENCE_FILES } from "../../src/index.ts";

/** Makes manifest and signature anew after files were changed, as a forger would. */
export function reseal(folder: string, pair: { privateKey: KeyObject; publicKey: KeyObject }): void {
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const digest = (content: Uint8Array | string): string =>
    `sha-256:${createHash("sha256").update(content).digest("base64url")}`;
  const jwk = PublicKey.fromJwk(pair.publicKey.export({ format: "jwk" }));
  manifest["signer"] = { keyType: "Ed25519", jkt: jwk.thumbprint(), jwk };
  manifest["files"] = EVIDENCE_FILES.map((path) => {
    const content = readFileSync(join(folder, path));
    return { path, bytes: content.length, digest: digest(content) };
  });
  const journalDigest = digest(readFileSync(join(folder, "journal.jsonl")));
  if (manifest["journal"] !== journalDigest) manifest["journal"] = journalDigest;
  const text = JSON.stringify(manifest);
  writeFileSync(join(folder, "manifest.json"), text);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const payload = { typ: "keyrail-evidence", version: 1, run: manifest["run"], manifest: digest(text) };
  const input = `${encode({ alg: "Ed25519", kid: jwk.thumbprint(), typ: "keyrail-evidence+jws" })}.${encode(payload)}`;
  writeFileSync(
    join(folder, "manifest.jws"),
    `${input}.${sign(null, Buffer.from(input), pair.privateKey).toString("base64url")}`,
  );
}

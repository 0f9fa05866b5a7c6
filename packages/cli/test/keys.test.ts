/** Keys through their life on the command line: made, listed, renamed, used, exported, removed. */

import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  createPrivateKey,
  sign,
  verify,
} from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { CreateRequest, KeyType } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defaultUsages } from "../src/keys/default-usages.ts";
import { keyDocument } from "../src/keys/key-document.ts";
import { PASSPHRASE, Workspace } from "./support/command.ts";
import { samePublicKey } from "./support/key-files.ts";

const recordSchema = z.object({
  uri: z.string(),
  id: z.string(),
  keyType: z.string(),
  usages: z.array(z.string()),
  label: z.string(),
  description: z.string().optional(),
  publicKey: z.object({ spki: z.string() }).optional(),
});
type Made = z.infer<typeof recordSchema>;

const workspace = new Workspace();
const provider = ["--provider", await workspace.quickStore()];
const message = workspace.write("message", "the message that the command's tests sign");
const content = readFileSync(message);

async function create(keyType: string, ...more: string[]): Promise<Made> {
  const args = ["keys", "create", ...provider, "--key-type", keyType, "--label", keyType, ...more];
  return recordSchema.parse(await workspace.json(args));
}

/** A key that a test needs, made by the library in the same store: quicker than by the command. */
async function need(keyType: KeyType, attributes: Partial<CreateRequest> = {}): Promise<Made> {
  const passphrase = new TextEncoder().encode(PASSPHRASE);
  const path = workspace.file("keys.sqlite");
  await using library = await openSoftwareProvider({
    store: { kind: "sqlite", path, keyEncryptionKey: { passphrase } },
  });
  const usages = defaultUsages(keyType);
  return recordSchema.parse(keyDocument(await library.keys.create({ keyType, usages, label: keyType, ...attributes })));
}

function spki({ publicKey }: Made): string {
  if (publicKey === undefined) throw new Error("no public key");
  return publicKey.spki;
}

let p256: Made;
beforeAll(async () => {
  p256 = await need("P-256");
});
afterAll(() => workspace[Symbol.dispose]());

describe("create", () => {
  it.concurrent.each([
    ["P-384", ["sign", "verify"]],
    ["X25519", ["agree", "derive"]],
    ["ML-KEM-768", ["encapsulate"]],
    ["HMAC-SHA-512", ["mac"]],
    ["AES-192", ["encrypt"]],
    ["ml_dsa_44", ["sign", "verify"]],
  ])("a %s key with the usages of its type", async (keyType, usages) => {
    expect((await create(keyType)).usages).toEqual(usages);
  });

  it("makes no store for a key that can't be", async () => {
    using place = new Workspace();
    const args = ["keys", "create", "--provider", "software:keys.sqlite", "--key-type", "P-256", "--label", "x"];
    expect((await place.run([...args, "--usage", "mac"])).code).toBe(4);
    expect((await place.run([...args, "--hierarchical", "EDWARDS-HD"])).code).toBe(4);
    expect(place.files).toEqual(["passphrase"]);
  });

  it("prints the key URI alone with --quiet", async () => {
    const args = ["keys", "create", ...provider, "--key-type", "AES-256", "--label", "quiet", "--quiet"];
    expect((await workspace.run(args)).stdout).toMatch(/^software:\S+\n$/);
  });

  it("says what is missing or unknown", async () => {
    const [type, label, unknown] = await Promise.all([
      workspace.run(["keys", "create", ...provider, "--label", "x"]),
      workspace.run(["keys", "create", ...provider, "--key-type", "P-256"]),
      workspace.run(["keys", "create", ...provider, "--key-type", "RSA", "--label", "x"]),
    ]);
    expect(type).toMatchObject({ code: 2, stderr: expect.stringContaining("--key-type") });
    expect(label).toMatchObject({ code: 2, stderr: expect.stringContaining("--label") });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("It is one of: P-256") });
  });
});

describe("sign and verify", () => {
  it("writes a signature that others verify, and verifies it", async () => {
    const out = workspace.file("signature");
    const args = ["keys", "sign", p256.uri, "--algorithm", "ES256", "--in", message, "--out", out];
    expect(await workspace.run(args)).toMatchObject({ code: 0, stderr: "" });
    const signature = readFileSync(out);
    expect(signature.length).toBe(64);
    expect(verify("sha256", content, { key: spki(p256), dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
    const check = ["keys", "verify", p256.uri, "--algorithm", "ES256", "--in", message, "--signature", out];
    expect(await workspace.run(check)).toMatchObject({ code: 0, stdout: "The signature is valid.\n", stderr: "" });
    expect(await workspace.json(check)).toEqual({ valid: true });
  });

  it("ends with 3 when the signature is not valid, and says so", async () => {
    const other = workspace.write("other", "another message");
    const signed = await workspace.run(["keys", "sign", p256.uri, "--algorithm", "ES256", "--in", other]);
    const text = workspace.write("signature.txt", signed.stdout);
    const args = [
      "keys",
      "verify",
      p256.uri,
      "--algorithm",
      "ES256",
      "--in",
      message,
      "--signature",
      text,
      "--encoding",
      "base64url",
    ];
    const plain = await workspace.run(args);
    expect(plain).toMatchObject({ code: 3, stdout: "The signature is NOT valid.\n" });
    const json = await workspace.run([...args, "--json"]);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toEqual({ valid: false });
  });

  it("DER, and the hint when it is taken for r || s", async () => {
    const out = workspace.file("signature.der");
    const args = ["keys", "sign", p256.uri, "--algorithm", "ES256", "--in", message, "--out", out, "--format", "der"];
    expect((await workspace.run(args)).code).toBe(0);
    expect(verify("sha256", content, spki(p256), readFileSync(out))).toBe(true);
    const check = ["keys", "verify", p256.uri, "--algorithm", "ES256", "--in", message, "--signature", out];
    expect(await workspace.run([...check, "--format", "der"])).toMatchObject({ code: 0 });
    const wrong = await workspace.run(check);
    expect(wrong).toMatchObject({ code: 3, stdout: expect.stringContaining("--format der") });
  });

  it("signs a digest, with the recovery id", async () => {
    const key = await need("secp256k1");
    const digest = createHash("sha256").update(content).digest();
    const file = workspace.write("digest", digest);
    const args = ["keys", "sign", key.uri, "--algorithm", "ECDSA", "--digest", "--in", file, "--recoverable"];
    const made = z.object({ signature: z.string(), recoveryId: z.number() }).parse(await workspace.json(args));
    const signature = Buffer.from(made.signature, "base64url");
    expect(verify("sha256", content, { key: spki(key), dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
    expect([0, 1, 2, 3]).toContain(made.recoveryId);
    expect((await workspace.run([...args, "--encoding", "hex"])).stderr).toMatch(/^recovery id [0-3]\n$/);
  });

  it("a context string", async () => {
    const key = await need("ML-DSA-44");
    const sign = ["keys", "sign", key.uri, "--algorithm", "ML-DSA-44", "--in", message, "--context", "tests"];
    const out = workspace.write("ml-dsa.sig", Buffer.from((await workspace.run(sign)).stdout, "base64url"));
    const check = ["keys", "verify", key.uri, "--algorithm", "ML-DSA-44", "--in", message, "--signature", out];
    expect((await workspace.run([...check, "--context-hex", "7465737473"])).code).toBe(0);
    expect((await workspace.run([...check, "--context", "other"])).code).toBe(3);
  });

  it("a MAC, by the same commands", async () => {
    const key = await need("HMAC-SHA-256");
    const out = workspace.file("tag");
    const args = [key.uri, "--algorithm", "HS256", "--in", message];
    expect((await workspace.run(["keys", "sign", ...args, "--out", out])).code).toBe(0);
    expect(readFileSync(out).length).toBe(32);
    expect((await workspace.run(["keys", "verify", ...args, "--signature", out])).code).toBe(0);
    const refused = await workspace.run(["keys", "sign", ...args, "--format", "der"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--format is for signatures") });
  });

  it("standard input and standard output", async () => {
    const key = await need("Ed25519");
    const args = ["keys", "sign", key.uri, "--algorithm", "Ed25519", "--in", "-", "--encoding", "hex"];
    const { stdout } = await workspace.run(args, { input: content });
    expect(verify(null, content, spki(key), Buffer.from(stdout.trim(), "hex"))).toBe(true);
  });

  it.concurrent.each<[name: string, args: readonly string[], code: number, says: RegExp]>([
    ["another algorithm", ["--algorithm", "ES384", "--in", message], 4, /can't sign.*ES384/],
    ["no algorithm", ["--in", message], 2, /--algorithm/],
    ["no input", ["--algorithm", "ES256"], 2, /--in/],
    ["an input that is not there", ["--algorithm", "ES256", "--in", "nowhere"], 2, /There is no file nowhere/],
    [
      "a digest of the wrong length",
      ["--algorithm", "ECDSA-SHA-256", "--digest", "--in", message],
      4,
      /digest has 32|bytes/,
    ],
    ["a format of nobody", ["--algorithm", "ES256", "--in", message, "--format", "asn1"], 2, /p1363, der/],
  ])("refuses %s", async (_name, args, code, says) => {
    const { stderr, ...rest } = await workspace.run(["keys", "sign", p256.uri, ...args]);
    expect(rest).toEqual({ code, stdout: "" });
    expect(stderr).toMatch(says);
  });
});

describe("find", () => {
  it("lists, shows and renames", async () => {
    const made = await need("Ed448", { description: "first words" });
    const list = z.array(recordSchema).parse(await workspace.json(["keys", "list", ...provider]));
    expect(list.map(({ uri }) => uri)).toEqual(expect.arrayContaining([p256.uri, made.uri]));
    const lines = await workspace.run(["keys", "list", ...provider, "--label", "Ed448"]);
    expect(lines.stdout).toMatch(/^Ed448\s+sign\+verify\s+Ed448\s+software:\S+\n$/);
    expect(await workspace.json(["keys", "show", made.uri])).toMatchObject({
      uri: made.uri,
      description: "first words",
    });
    expect(await workspace.json(["keys", "show", made.id, ...provider])).toMatchObject({ uri: made.uri });
    const renamed = await workspace.json(["keys", "rename", made.uri, "--label", "new", "--no-description"]);
    expect(renamed).toMatchObject({ uri: made.uri, label: "new" });
    expect(renamed).not.toHaveProperty("description");
    expect((await workspace.run(["keys", "rename", made.uri])).code).toBe(2);
  });

  it("removes, once it is sure", async () => {
    const made = await need("AES-128");
    expect(await workspace.run(["keys", "remove", made.uri])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes"),
    });
    expect((await workspace.run(["keys", "remove", made.uri, "--yes"])).code).toBe(0);
    for (const command of ["show", "public"]) {
      const gone = await workspace.run(["keys", command, made.uri, "--json"]);
      expect(gone.code).toBe(5);
      expect(JSON.parse(gone.stderr)).toMatchObject({ error: { code: "KeyNotFound", retry: "never" } });
    }
  });

  it.concurrent.each([
    ["a URI without an id", "software:", 2],
    ["a provider nobody knows", "nothing:/store/key", 2],
    ["a store that is not there", "software:./none.sqlite/01a1fc1b-6fe5-70e7-9111-8f5ae98d4615", 7],
    ["an id without a provider", "01a1fc1b-6fe5-70e7-9111-8f5ae98d4615", 2],
  ])("refuses %s", async (_name, key, code) => {
    expect(await workspace.run(["keys", "public", key])).toMatchObject({ code, stdout: "" });
    expect(workspace.files).not.toContain("none.sqlite");
  });
});

describe("agree, derive, export", () => {
  it("agrees on the secret that the other side computes", async () => {
    const made = await need("X25519");
    const { privateKey, publicKey } = generateKeyPairSync("x25519");
    const peer = workspace.write("peer.pem", publicKey.export({ type: "spki", format: "pem" }));
    const out = workspace.file("shared-secret");
    const result = await workspace.run(["keys", "agree", made.uri, "--peer", peer, "--out", out]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(out)).toEqual(diffieHellman({ privateKey, publicKey: createPublicKey(spki(made)) }));
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const again = await workspace.run(["keys", "agree", made.uri, "--peer", peer, "--out", out]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("exists already") });
    expect((await workspace.run(["keys", "agree", made.uri, "--peer", peer])).code).toBe(2);
    const piped = await workspace.run(["keys", "agree", made.uri, "--peer", peer, "--out", "-", "--encoding", "hex"]);
    expect(piped.stdout).toBe(`${readFileSync(out).toString("hex")}\n`);
  });

  it("derives HD children, the same for the same path", async () => {
    const master = await create("secp256k1", "--hierarchical", "BIP32");
    expect(master.usages).toEqual(["sign", "verify", "derive"]);
    const derive = async (label: string): Promise<Made> =>
      recordSchema.parse(
        await workspace.json(["keys", "derive", master.uri, "--path", "m/44'/60'/0'/0/0", "--label", label]),
      );
    const [first, second] = [await derive("one"), await derive("two")];
    expect(samePublicKey(spki(first), spki(second))).toBe(true);
    expect(first.uri).not.toBe(second.uri);
    const bad = await workspace.run(["keys", "derive", master.uri, "--path", "44/60", "--label", "x"]);
    expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining("a path is m/0/1'") });
  });

  it("derives a stored key by ECDH", async () => {
    const [left, right] = [await need("P-256", { usages: ["derive"] }), await need("P-256", { usages: ["derive"] })];
    const peer = workspace.write("right.pem", spki(right));
    const args = [
      "keys",
      "derive",
      left.uri,
      "--peer",
      peer,
      "--key-type",
      "AES-256",
      "--info",
      "tests",
      "--label",
      "session",
    ];
    expect(await workspace.json(args)).toMatchObject({ keyType: "AES-256", usages: ["encrypt"], origin: "derived" });
    const refused = await workspace.run(["keys", "derive", left.uri, "--peer", peer, "--label", "session"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--key-type") });
  });

  it("exports an extractable key, encrypted, that Node.js opens", async () => {
    const made = await need("P-521", { extractable: true });
    const password = workspace.write("password", "of the exported file\n");
    const out = workspace.file("exported.pem");
    const args = ["keys", "export", made.uri, "--password-file", password, "--out", out];
    expect(await workspace.json(args)).toMatchObject({
      uri: made.uri,
      format: "pkcs8-pem",
      encrypted: true,
      file: out,
    });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const key = createPrivateKey({ key: readFileSync(out), passphrase: "of the exported file" });
    const signature = sign("sha512", content, key);
    expect(verify("sha512", content, spki(made), signature)).toBe(true);
  });

  it("exports a symmetric key as JWK", async () => {
    const made = await need("AES-256", { extractable: true });
    const out = workspace.file("aes.jwk");
    expect((await workspace.run(["keys", "export", made.uri, "--out", out])).code).toBe(0);
    expect(JSON.parse(readFileSync(out, "utf8"))).toMatchObject({
      kty: "oct",
      alg: "A256GCM",
      k: expect.stringMatching(/^.{43}$/),
    });
  });

  it("exports nothing that was not made extractable", async () => {
    const out = workspace.file("never.pem");
    const { code, stderr } = await workspace.run(["keys", "export", p256.uri, "--out", out]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/not made extractable/);
    expect(workspace.files).not.toContain("never.pem");
  });
});

describe("files and terminals", () => {
  it("does not write a signature in place of what it signs", async () => {
    const { uri } = await need("Ed25519");
    const own = workspace.write("own", "text");
    for (const out of [own, "./own"]) {
      const args = ["keys", "sign", uri, "--algorithm", "Ed25519", "--in", "own", "--out", out];
      const { code, stderr } = await workspace.run(args);
      expect([code, stderr]).toEqual([2, expect.stringContaining("--out names the input own")]);
    }
    expect(readFileSync(own, "utf8")).toBe("text");
  });

  it("says which folder is missing", async () => {
    const { uri } = await need("Ed25519");
    const { code, stderr } = await workspace.run(["keys", "public", uri, "--out", "none/key.pem"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("none/key.pem can't be written: there is no folder none."),
    ]);
  });

  it("shows no character of a label that turns the text around", async () => {
    const { uri } = await need("Ed25519", { label: "to \u202eecila", description: "\u2066x" });
    for (const args of [
      ["show", uri],
      ["list", ...provider],
    ]) {
      const { stdout } = await workspace.run(["keys", ...args]);
      expect(stdout).toContain("to  ecila");
      expect(stdout).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/u);
    }
    expect(await workspace.json(["keys", "show", uri])).toMatchObject({ label: "to \u202eecila" });
  });
});

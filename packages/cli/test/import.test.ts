/** `keyrail keys import` over real files: every format comes in, everything else is refused and leaves nothing behind. */

import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Workspace } from "./support/command.ts";
import { NO_SHARED_KEYS, p256Files, samePublicKey, SHARED_KEYS, sharedKeyFiles } from "./support/key-files.ts";

const recordSchema = z.object({
  uri: z.string().startsWith("software:"),
  id: z.string(),
  keyType: z.string(),
  usages: z.array(z.string()),
  label: z.string(),
  extractable: z.boolean(),
  publicKey: z.object({ spki: z.string(), jwk: z.object({ kty: z.string() }), thumbprint: z.string() }).optional(),
});

const workspace = new Workspace();
const PASSWORD = "keyrail-test";
const password = workspace.write("password", `${PASSWORD}\n`);
const store = await workspace.quickStore();

afterAll(() => workspace[Symbol.dispose]());

describe("key files of other tools", () => {
  const samples = sharedKeyFiles(password);

  it("are there", (context) => {
    if (NO_SHARED_KEYS !== undefined) context.skip(NO_SHARED_KEYS);
    expect(samples.length).toBeGreaterThan(30);
  });

  it.concurrent.each(samples)("$name imports and has the expected public key", async ({ file, args, name, spki }) => {
    const record = recordSchema.parse(
      await workspace.json(["keys", "import", file, "--provider", store, "--label", name, ...args]),
    );
    expect(record.label).toBe(name);
    expect(record.extractable).toBe(false);
    expect(record.publicKey === undefined).toBe(spki === undefined);
    if (spki !== undefined) expect(record.publicKey?.spki).toBe(spki);
  });
});

describe("what comes back", () => {
  const { pkcs8, spki } = p256Files();
  let uri = "";

  beforeAll(async () => {
    const file = workspace.write("p256.pem", pkcs8);
    const record = recordSchema.parse(
      await workspace.json(["keys", "import", file, "--provider", store, "--label", "p256"]),
    );
    uri = record.uri;
  });

  it("a record with the usages of a signing key", async () => {
    expect(await workspace.json(["keys", "show", uri])).toMatchObject({ usages: ["sign", "verify"], half: "private" });
  });

  it("the public key as PEM, DER, JWK and raw bytes", async () => {
    const [pem, jwk, raw, json] = await Promise.all([
      workspace.run(["keys", "public", uri, "--format", "spki"]),
      workspace.run(["keys", "public", uri, "--format", "jwk"]),
      workspace.run(["keys", "public", uri, "--format", "raw"]),
      workspace.json(["keys", "public", uri]),
    ]);
    expect(pem.stdout).toBe(spki);
    const { x, y } = z.object({ x: z.string(), y: z.string() }).parse(JSON.parse(jwk.stdout));
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
    expect(raw.stdout).toBe(`${point.toString("hex")}\n`);
    expect(json).toMatchObject({ uri, keyType: "P-256", format: "spki", value: spki, spki });
  });

  it("the public key as a file", async () => {
    const out = workspace.file("public.der");
    const { code, stdout } = await workspace.run(["keys", "public", uri, "--encoding", "der", "--out", out]);
    expect(code).toBe(0);
    expect(stdout).toContain(out);
    const pem = `-----BEGIN PUBLIC KEY-----\n${readFileSync(out).toString("base64")}\n-----END PUBLIC KEY-----\n`;
    expect(samePublicKey(pem, spki)).toBe(true);
  });

  it("a public key alone, with --public", async () => {
    const file = workspace.write("p256.spki.pem", spki);
    const args = ["keys", "import", file, "--public", "--provider", store, "--label", "peer"];
    const record = recordSchema.parse(await workspace.json(args));
    expect(record.usages).toEqual(["verify"]);
    expect(record.publicKey?.spki).toBe(spki);
  });

  it("a key from standard input, with the label and usages asked for", async () => {
    const args = [
      "keys",
      "import",
      "-",
      "--provider",
      store,
      "--label",
      "piped",
      "--usage",
      "agree,derive",
      "--extractable",
    ];
    const record = recordSchema.parse(await workspace.json(args, { input: pkcs8 }));
    expect(record).toMatchObject({ label: "piped", usages: ["agree", "derive"], extractable: true });
  });

  it("a hexadecimal key by its file's name, and says so", async () => {
    const file = workspace.write("secp256k1.private.hex", `${randomBytes(32).toString("hex")}\n`);
    const { code, stdout, stderr } = await workspace.run(["keys", "import", file, "--provider", store, "--json"]);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 0,
      keyType: "secp256k1",
      label: "secp256k1.private",
    });
    expect(JSON.parse(stderr)).toMatchObject({
      warnings: [expect.stringContaining("taken as secp256k1, by its name")],
    });
  });

  it("an idempotency key gives the same key again", async () => {
    const args = [
      "keys",
      "import",
      workspace.file("p256.pem"),
      "--provider",
      store,
      "--label",
      "once",
      "--idempotency-key",
      "one",
    ];
    const first = recordSchema.parse(await workspace.json(args));
    const second = recordSchema.parse(await workspace.json(args));
    expect(second.uri).toBe(first.uri);
  });
});

describe("refusals: one sentence, a non-zero exit, nothing written", () => {
  const { pkcs8, spki, encrypted } = p256Files();
  const secret = randomBytes(32).toString("hex");
  const wrongPassword = "this is not the password";
  const folder = new Workspace();
  mkdirSync(folder.file("folder"));
  const inputs = {
    pkcs8: folder.write("pkcs8.pem", pkcs8),
    spki: folder.write("spki.pem", spki),
    encrypted: folder.write("encrypted.pem", encrypted(PASSWORD)),
    truncated: folder.write("truncated.pem", pkcs8.slice(0, 120)),
    truncatedDer: folder.write(
      "truncated.der",
      Buffer.from(pkcs8.replaceAll(/-----.*-----|\n/g, ""), "base64").subarray(0, 60),
    ),
    hex: folder.write("key.hex", `${secret}\n`),
    empty: folder.write("empty.pem", ""),
    unknown: folder.write("notes.txt", "these are notes and no key at all\n"),
    jwk: folder.write("bad.jwk", '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}'),
    wrong: folder.write("wrong", `${wrongPassword}\n`),
    emptyPassword: folder.write("nothing", "\n"),
  };
  afterAll(() => folder[Symbol.dispose]());

  const shownSecrets = (text: string): string[] =>
    [secret, wrongPassword, PASSWORD, pkcs8.split("\n")[1] ?? ""].filter((hidden) => text.includes(hidden));

  const cases: readonly [name: string, args: readonly string[], code: number, says: RegExp][] = [
    ["a wrong password", [inputs.encrypted, "--password-file", inputs.wrong], 6, /does not open with this password/],
    ["no password where nobody can be asked", [inputs.encrypted], 6, /a password is needed/],
    ["an empty password file", [inputs.encrypted, "--password-file", inputs.emptyPassword], 2, /is empty/],
    ["a truncated PEM file", [inputs.truncated], 1, /truncated/],
    ["a truncated DER file", [inputs.truncatedDer], 1, /truncated|ends/],
    ["another key type", [inputs.pkcs8, "--key-type", "Ed25519"], 1, /holds a P-256 key, not an Ed25519 key/],
    ["another format", [inputs.pkcs8, "--format", "jwk"], 1, /not valid JSON/],
    ["a public key file", [inputs.spki], 1, /only a public key.*--public/],
    ["a private key where a public one is asked for", [inputs.pkcs8, "--public"], 1, /not a public key/],
    ["an unknown format", [inputs.unknown], 1, /not a key file Keyrail knows/],
    ["a damaged JWK", [inputs.jwk], 1, /./],
    ["a missing file", [folder.file("nowhere.pem")], 2, /There is no file/],
    ["a folder", [folder.file("folder")], 2, /is a folder/],
    ["an empty file", [inputs.empty], 1, /is empty/],
    ["hexadecimal without a key type", [inputs.hex], 2, /give the key type/],
    ["a usage the key type has not", [inputs.pkcs8, "--usage", "mac"], 4, /no mac usage/],
    ["a label that is too long", [inputs.pkcs8, "--label", "x".repeat(300)], 4, /label of 1 to 256 bytes/],
    ["an unknown usage", [inputs.pkcs8, "--usage", "fly"], 2, /It is one of: sign, verify/],
    ["a chain code alone", [inputs.pkcs8, "--chain-code-file", inputs.hex], 2, /go together/],
    ["a secret as an argument", [inputs.encrypted, "--password", wrongPassword], 2, /Secrets are never arguments/],
    ["no file", [], 2, /Missing required argument/],
    ["two files", [inputs.pkcs8, inputs.hex], 2, /Too many arguments/],
  ];

  it.concurrent.each(cases)("%s", async (_name, args, code, says) => {
    using place = new Workspace();
    const provider = ["--provider", `software:${place.file("keys.sqlite")}`, "--label", "never"];
    const given = ["keys", "import", ...provider, ...args];
    const { stderr, ...rest } = await place.run(given);
    expect(rest).toEqual({ code, stdout: "" });
    const [sentence = "", hint = "", ...more] = stderr.trimEnd().split("\n");
    expect(sentence).toMatch(/^keyrail: .*\.$/);
    expect(sentence).toMatch(says);
    expect(hint).toMatch(/^ {2}\S/);
    expect(more).toEqual([]);
    expect(place.files).toEqual(["passphrase"]);
    expect(shownSecrets(stderr)).toEqual([]);
  });

  it("the same sentence as JSON", async () => {
    using place = new Workspace();
    const args = [
      "keys",
      "import",
      inputs.encrypted,
      "--provider",
      "software:keys.sqlite",
      "--password-file",
      inputs.wrong,
    ];
    const [plain, json] = await Promise.all([place.run(args), place.run([...args, "--json"])]);
    expect(json).toMatchObject({ code: 6, stdout: "" });
    const { error } = z
      .object({
        error: z.object({ code: z.string(), message: z.string(), context: z.object({}), retry: z.unknown() }),
      })
      .parse(JSON.parse(json.stderr));
    expect(plain.stderr).toContain(`keyrail: ${error.message}\n`);
    expect(shownSecrets(json.stderr)).toEqual([]);
    expect(place.files).toEqual(["passphrase"]);
  });
  it("a store that another passphrase opens", async () => {
    const other = workspace.write("other-passphrase", "another one\n");
    const args = ["keys", "import", inputs.pkcs8, "--provider", store, "--label", "x", "--passphrase-file", other];
    const { code, stderr } = await workspace.run(args);
    expect(code).toBe(6);
    expect(stderr).toMatch(/The passphrase does not open/);
  });

  it("a missing passphrase where nobody can be asked", async () => {
    using place = new Workspace();
    const args = [
      "keys",
      "import",
      inputs.pkcs8,
      "--provider",
      `software:${place.file("keys.sqlite")}`,
      "--label",
      "x",
    ];
    const { code, stderr } = await place.run(args, { env: { KEYRAIL_PASSPHRASE_FILE: undefined } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/KEYRAIL_PASSPHRASE_FILE/);
    expect(place.files).toEqual(["passphrase"]);
  });

  it("a store in a folder that is not there, and a file that is no store", async () => {
    using place = new Workspace();
    const nowhere = await place.run([
      "keys",
      "import",
      inputs.pkcs8,
      "--provider",
      `software:${place.file("no/keys")}`,
    ]);
    expect(nowhere.code).toBe(7);
    const notes = place.write("notes", "no store\n");
    const refused = await place.run(["keys", "import", inputs.pkcs8, "--provider", `software:${notes}`]);
    expect(refused.code).toBe(7);
    expect(readFileSync(notes, "utf8")).toBe("no store\n");
  });

  it("warns of a password file that others can read, and stays one JSON document", async () => {
    using place = new Workspace();
    const open = place.write("open-password", `${PASSWORD}\n`);
    chmodSync(open, 0o644);
    const args = [
      "keys",
      "import",
      inputs.encrypted,
      "--provider",
      `software:${place.file("k")}`,
      "--password-file",
      open,
    ];
    const { code, stderr } = await place.run(args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Warning: .*open-password holds a secret and other users can read it/);
    const json = await place.run([...args, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ keyType: "P-256" });
    expect(JSON.parse(json.stderr)).toMatchObject({ warnings: [expect.stringContaining("chmod 600")] });
  });
});

it.runIf(NO_SHARED_KEYS === undefined)("refuses the address file of the key folder and its public keys", async () => {
  using place = new Workspace();
  for (const name of ["secp256k1.ethereum-address.txt", "ed25519.spki.pem", "README.md"]) {
    const { code } = await place.run([
      "keys",
      "import",
      `${SHARED_KEYS}/${name}`,
      "--provider",
      `software:${place.file("k")}`,
    ]);
    expect(code).not.toBe(0);
  }
  expect(place.files).toEqual(["passphrase"]);
});

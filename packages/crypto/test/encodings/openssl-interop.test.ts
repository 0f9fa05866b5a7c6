/** Files made and read by the openssl command, where it is installed (3.0 or later). */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PublicKey, type AsymmetricKeyType } from "@keyrail/core";
import { afterAll, describe, expect, it } from "vitest";
import { readKeyFile, writeKeyFile } from "../../src/index.ts";
import { refusal, refusalReason } from "./errors.ts";
import { readPrivate } from "./generated-keys.ts";

const folder = mkdtempSync(path.join(tmpdir(), "keyrail-openssl-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => path.join(folder, name);
const PASSWORD = "an openssl password";
const password = new TextEncoder().encode(PASSWORD);

function openssl(...parameters: readonly string[]): Buffer {
  return execFileSync("openssl", parameters, { stdio: ["ignore", "pipe", "pipe"] });
}

function opensslVersion(): string | undefined {
  try {
    return /^OpenSSL ([3-9]\.\S+)/.exec(openssl("version").toString())?.[1];
  } catch {
    // No openssl command here: the tests below are skipped.
    return undefined;
  }
}

const VERSION = opensslVersion();
const CURVES: readonly (readonly [AsymmetricKeyType, string])[] = [
  ["P-256", "prime256v1"],
  ["P-384", "secp384r1"],
  ["P-521", "secp521r1"],
  ["secp256k1", "secp256k1"],
];

it(`openssl ${VERSION ?? "is not installed: its tests are skipped"}`, () => {
  expect(VERSION ?? "3").toMatch(/^[3-9]/);
});

describe.runIf(VERSION !== undefined)("openssl", () => {
  const spki = (key: string): PublicKey => PublicKey.fromPem(openssl("pkey", "-in", key, "-pubout").toString());

  it.each(CURVES)(
    "%s: ecparam with its EC PARAMETERS block; with a compressed point; without a point",
    async (keyType, name) => {
      const full = openssl("ecparam", "-name", name, "-genkey");
      expect(full.toString()).toContain("EC PARAMETERS");
      writeFileSync(file("ec.pem"), full);
      const expected = spki(file("ec.pem"));
      const { material, publicKey } = await readPrivate(full.toString());
      expect(material.keyType).toBe(keyType);
      expect(publicKey?.equals(expected)).toBe(true);
      const compressed = openssl("ec", "-in", file("ec.pem"), "-conv_form", "compressed");
      expect((await readPrivate(compressed.toString())).publicKey?.equals(expected)).toBe(true);
      const pointless = await readPrivate(openssl("ec", "-in", file("ec.pem"), "-no_public").toString());
      expect(pointless).toEqual({ material, publicKey: undefined });
    },
  );

  it.each(["hmacWithSHA1", "hmacWithSHA224", "hmacWithSHA256", "hmacWithSHA384", "hmacWithSHA512"])(
    "PBES2 with %s",
    async (prf) => {
      writeFileSync(file("plain.pem"), openssl("genpkey", "-algorithm", "ed25519"));
      const expected = await readPrivate(readFileSync(file("plain.pem"), "utf8"));
      for (const cipher of ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"]) {
        const parameters = ["-topk8", "-v2", cipher, "-v2prf", prf, "-iter", "3000", "-passout", `pass:${PASSWORD}`];
        const encrypted = openssl("pkcs8", "-in", file("plain.pem"), ...parameters).toString();
        expect(await readPrivate(encrypted, { password })).toEqual(expected);
        expect((await refusal(readPrivate(encrypted, { password: password.subarray(1) }))).code).toBe("WrongPassword");
      }
    },
  );

  it("PBES2 with scrypt", async () => {
    writeFileSync(file("plain.pem"), openssl("genpkey", "-algorithm", "x448"));
    const expected = await readPrivate(readFileSync(file("plain.pem"), "utf8"));
    const parameters = ["-topk8", "-scrypt", "-scrypt_N", "4096", "-passout", `pass:${PASSWORD}`];
    const encrypted = openssl("pkcs8", "-in", file("plain.pem"), ...parameters).toString();
    expect(await readPrivate(encrypted, { password })).toEqual(expected);
    expect((await refusal(readPrivate(encrypted, { password: new Uint8Array(0) }))).code).toBe("WrongPassword");
  });

  it.each(CURVES)("%s: opens what we encrypted, and reads our SEC 1", async (_, name) => {
    const plain = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${name}`).toString();
    const { material, publicKey } = await readPrivate(plain);
    if (publicKey === undefined) throw new Error("openssl writes the public point");
    writeFileSync(file("ours.pem"), await writeKeyFile(material, publicKey, { format: "pkcs8-pem", password }));
    expect(openssl("pkcs8", "-in", file("ours.pem"), "-passin", `pass:${PASSWORD}`).toString()).toBe(plain);
    writeFileSync(file("ours.pem"), await writeKeyFile(material, publicKey, { format: "sec1-pem" }));
    expect(spki(file("ours.pem")).equals(publicKey)).toBe(true);
  });

  it("explicit curve parameters are refused, private and public", async () => {
    const explicit = openssl("ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit", "-noout");
    expect(await refusalReason(readPrivate(explicit.toString()))).toBe("explicit curve parameters");
    writeFileSync(file("explicit.pem"), explicit);
    const publicFile = openssl("ec", "-in", file("explicit.pem"), "-pubout", "-param_enc", "explicit");
    expect(await refusalReason(readKeyFile(new Uint8Array(publicFile)))).toBe("explicit curve parameters");
  });

  it("what Keyrail has no key type or no reader for is named", async () => {
    const rsa = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024");
    expect((await refusal(readKeyFile(new Uint8Array(rsa)))).message).toContain("RSA keys are not supported");
    writeFileSync(file("rsa.pem"), rsa);
    const traditional = openssl("rsa", "-in", file("rsa.pem"), "-traditional");
    expect((await refusal(readKeyFile(new Uint8Array(traditional)))).message).toContain("RSA");
    const p224 = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp224r1");
    expect(await refusalReason(readKeyFile(new Uint8Array(p224)))).toBe("unsupported curve");
    writeFileSync(file("ec.pem"), openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout"));
    const old = openssl("ec", "-in", file("ec.pem"), "-aes256", "-passout", `pass:${PASSWORD}`);
    expect((await refusal(readKeyFile(new Uint8Array(old), { password }))).message).toContain("openssl pkcs8 -topk8");
    const tripleDes = openssl("pkcs8", "-in", file("ec.pem"), "-topk8", "-v2", "des3", "-passout", `pass:${PASSWORD}`);
    expect((await refusal(readKeyFile(new Uint8Array(tripleDes), { password }))).message).toContain("not AES-CBC");
    const pkcs12 = openssl(
      "pkcs8",
      "-in",
      file("ec.pem"),
      "-topk8",
      "-v1",
      "PBE-SHA1-3DES",
      "-passout",
      `pass:${PASSWORD}`,
    );
    expect((await refusal(readKeyFile(new Uint8Array(pkcs12), { password }))).message).toContain("not PBES2");
  });
});

/** Every key file of the sample folder parses, and its public key is the one of the SPKI file beside it. */

import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { PublicKey } from "@keyrail/core";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { readKeyFile, writePkcs8, type ReadKeyFileOptions } from "../../src/index.ts";
import { refusal } from "./errors.ts";
import { spkiOf } from "./generated-keys.ts";
import { HAS_SAMPLE_KEYS, SAMPLE_KEYS, SAMPLE_PASSWORD, sampleKey, sampleNames } from "./sample-keys.ts";

const NOTICE = HAS_SAMPLE_KEYS ? "" : ` (skipped: no sample key files at ${SAMPLE_KEYS})`;
const SECRET_FILES = ["aes256.jwk.json", "hmac-sha256.jwk.json"];

describe.runIf(HAS_SAMPLE_KEYS)("sample key files", () => {
  const names = sampleNames(".pem", ".json", ".hex").filter((name) => !SECRET_FILES.includes(name));

  it("are all covered", () => {
    expect(names.length + SECRET_FILES.length + 2).toBe(sampleNames("").length);
  });

  it.each(names)("%s", async (name) => {
    const [stem = ""] = name.split(".");
    const expected = PublicKey.fromPem(Buffer.from(sampleKey(`${stem}.spki.pem`)).toString());
    const options: ReadKeyFileOptions = {
      password: SAMPLE_PASSWORD,
      ...(name.endsWith(".hex") ? { keyType: "secp256k1" as const } : {}),
    };
    const key = await readKeyFile(sampleKey(name), options);
    if (key.kind === "public") {
      expect(key.publicKey.equals(expected)).toBe(true);
      return;
    }
    if (key.kind !== "private") throw new Error("expected a private or public key");
    expect(key.material.keyType).toBe(expected.keyType);
    if (key.publicKey !== undefined) expect(key.publicKey.equals(expected)).toBe(true);
    // Without the public point node:crypto computes it itself.
    const der = writePkcs8(key.material);
    const derived = spkiOf(createPublicKey(createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" })));
    expect(PublicKey.fromSpki(derived).equals(expected)).toBe(true);
    if (name.endsWith("ethereum-v3.json")) {
      const address = keccak_256(expected.toRaw().subarray(1)).subarray(12);
      const text = Buffer.from(sampleKey("secp256k1.ethereum-address.txt")).toString().trim();
      expect(`0x${Buffer.from(address).toString("hex")}`).toBe(text.toLowerCase());
    }
  });

  it.each([
    ["aes256.jwk.json", "AES-256"],
    ["hmac-sha256.jwk.json", "HMAC-SHA-256"],
  ])("%s is a %s key", async (name, keyType) => {
    const key = await readKeyFile(sampleKey(name));
    expect(key).toMatchObject({ kind: "secret", keyType });
    if (key.kind !== "secret") throw new Error("expected a secret key");
    expect(key.bytes).toHaveLength(32);
    expect(createHash("sha256").update(key.bytes).digest().equals(createHash("sha256").digest())).toBe(false);
  });

  it.each(sampleNames("-encrypted.pem", "ethereum-v3.json"))("%s needs its password", async (name) => {
    const none = await refusal(readKeyFile(sampleKey(name)));
    expect(none.code).toBe("WrongPassword");
    expect(none.message).toContain("a password is needed");
    const wrong = await refusal(readKeyFile(sampleKey(name), { password: new TextEncoder().encode("wrong") }));
    expect(wrong.code).toBe("WrongPassword");
    expect(wrong.message).toContain("the password is wrong or the file is damaged");
  });

  it.each(sampleNames(".pem", ".json").filter((name) => !name.includes("solana")))(
    "%s truncated says so",
    async (name) => {
      const file = sampleKey(name);
      const error = await refusal(
        readKeyFile(file.subarray(0, Math.floor(file.length / 2)), { password: SAMPLE_PASSWORD }),
      );
      expect(error.code).toBe("InvalidKeyMaterial");
      expect(error.message).toMatch(/truncated|damaged/);
    },
  );
});

it(`sample key files are looked for beside the repository${NOTICE}`, () => {
  expect(SAMPLE_KEYS).toMatch(/keys$/);
});

import { describe, expect, test } from "vitest";
import { isKeyrailError, type CipherAlgorithm, type SymmetricKeyType, type WrapAlgorithm } from "@keyrail/core";
import {
  decrypt,
  encrypt,
  hkdf,
  mac,
  openSecretKey,
  type OpenedSecretKey,
  unwrap,
  verifyMac,
  wrap,
} from "../src/index.ts";
import { hex, readVectorText, withVectors, wycheproof, type WycheproofCase } from "./vector-files.ts";

const ENGINES = ["node", "noble"] as const;

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function refused<T>(work: () => T): T | "refused" {
  try {
    return work();
  } catch (error) {
    if (isKeyrailError(error, "DecryptionFailed") || isKeyrailError(error, "InvalidRequest")) return "refused";
    throw error;
  }
}

const HMAC_FILES = [
  ["HMAC-SHA-256", "hmac_sha256_test"],
  ["HMAC-SHA-384", "hmac_sha384_test"],
  ["HMAC-SHA-512", "hmac_sha512_test"],
  ["HMAC-SHA3-256", "hmac_sha3_256_test"],
  ["HMAC-SHA3-384", "hmac_sha3_384_test"],
  ["HMAC-SHA3-512", "hmac_sha3_512_test"],
] as const;

function aesType(bytes: number): SymmetricKeyType {
  return bytes === 16 ? "AES-128" : bytes === 24 ? "AES-192" : "AES-256";
}

function aesKey(fields: WycheproofCase, engine: "node" | "noble"): { key: OpenedSecretKey; bits: number } {
  const bytes = hex(fields["key"]);
  return { key: openSecretKey(aesType(bytes.length), bytes, { engine }), bits: 8 * bytes.length };
}

describe("HKDF", () => {
  test("RFC 5869, test cases 1 and 3", () => {
    const output = hkdf({
      hash: "SHA-256",
      inputKeyMaterial: hex("0b".repeat(22)),
      salt: hex("000102030405060708090a0b0c"),
      info: hex("f0f1f2f3f4f5f6f7f8f9"),
      length: 42,
    });
    expect(toHex(output)).toBe("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    const unsalted = hkdf({ hash: "SHA-256", inputKeyMaterial: hex("0b".repeat(22)), length: 42 });
    expect(toHex(unsalted)).toBe(
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    );
  });
});

withVectors(() => {
  describe.each(HMAC_FILES)("Wycheproof %s", (keyType, file) => {
    test.each(ENGINES)("%s", (engine) => {
      const wrong: number[] = [];
      for (const group of wycheproof(file)) {
        const tagBytes = Number(group["tagSize"]) / 8;
        for (const { tcId, result, ...fields } of group.tests) {
          const key = openSecretKey(keyType, hex(fields["key"]), { engine });
          const message = hex(fields["msg"]);
          const made = mac(key, message);
          if ((toHex(made.subarray(0, tagBytes)) === fields["tag"]) !== (result === "valid")) wrong.push(tcId);
          if (verifyMac(key, message, hex(fields["tag"])) !== (result === "valid")) wrong.push(tcId);
        }
      }
      expect(wrong).toEqual([]);
    });
  });

  describe.each(ENGINES)("Wycheproof AES on %s", (engine) => {
    test("GCM", () => {
      const wrong: number[] = [];
      let longIv = 0;
      for (const vector of wycheproof("aes_gcm_test").flatMap((group) => group.tests)) {
        const { key, bits } = aesKey(vector, engine);
        const algorithm = `A${bits}GCM` as CipherAlgorithm;
        const request = {
          algorithm,
          iv: hex(vector["iv"]),
          additionalData: hex(vector["aad"]),
        };
        const ciphertext = hex(vector["ct"]);
        const tag = hex(vector["tag"]);
        const opened = refused(() => toHex(decrypt(key, { ...request, ciphertext, tag })));
        // An IV over 128 bytes is refused by choice.
        if (request.iv.length > 128) longIv++;
        const valid = vector.result === "valid" && request.iv.length <= 128;
        if (opened !== (valid ? vector["msg"] : "refused")) wrong.push(vector.tcId);
        if (!valid) continue;
        const made = encrypt(key, { ...request, plaintext: hex(vector["msg"]) });
        if (toHex(made.ciphertext) !== vector["ct"] || toHex(made.tag ?? hex("")) !== vector["tag"])
          wrong.push(vector.tcId);
      }
      expect(wrong).toEqual([]);
      expect(longIv).toBe(3);
    });

    test("CBC", () => {
      const wrong: number[] = [];
      for (const vector of wycheproof("aes_cbc_pkcs5_test").flatMap((group) => group.tests)) {
        const { key, bits } = aesKey(vector, engine);
        const request = { algorithm: `A${bits}CBC` as CipherAlgorithm, iv: hex(vector["iv"]) };
        const opened = refused(() => toHex(decrypt(key, { ...request, ciphertext: hex(vector["ct"]) })));
        if (opened !== (vector.result === "valid" ? vector["msg"] : "refused")) wrong.push(vector.tcId);
        if (vector.result !== "valid") continue;
        const made = encrypt(key, { ...request, plaintext: hex(vector["msg"]) });
        if (toHex(made.ciphertext) !== vector["ct"]) wrong.push(vector.tcId);
      }
      expect(wrong).toEqual([]);
    });

    test.each([
      ["KW", "aes_wrap_test"],
      ["KWP", "aes_kwp_test"],
    ])("%s", (suffix, file) => {
      const wrong: number[] = [];
      for (const vector of wycheproof(file).flatMap((group) => group.tests)) {
        const { key, bits } = aesKey(vector, engine);
        const algorithm = `A${bits}${suffix}` as WrapAlgorithm;
        const opened = refused(() => toHex(unwrap(key, algorithm, hex(vector["ct"]))));
        const valid = vector.result === "valid";
        if (opened !== (valid ? vector["msg"] : "refused")) wrong.push(vector.tcId);
        if (!valid) continue;
        if (toHex(wrap(key, algorithm, hex(vector["msg"]))) !== vector["ct"]) wrong.push(vector.tcId);
      }
      expect(wrong).toEqual([]);
    });

    test("CBC of SP 800-38A, without the padding block", () => {
      const file: { vectors: readonly Record<string, string>[] } = JSON.parse(
        readVectorText("aes/sp800-38a-ecb-cbc.json"),
      );
      const vectors = file.vectors.filter(({ mode }) => mode === "CBC");
      expect(vectors.length).toBe(3);
      for (const { key: keyHex = "", iv = "", pt = "", ct = "" } of vectors) {
        const bytes = hex(keyHex);
        const key = openSecretKey(aesType(bytes.length), bytes, { engine });
        const algorithm = `A${8 * bytes.length}CBC` as CipherAlgorithm;
        const made = encrypt(key, { algorithm, iv: hex(iv), plaintext: hex(pt) });
        expect(toHex(made.ciphertext.subarray(0, -16))).toBe(ct);
        expect(toHex(decrypt(key, { algorithm, iv: hex(iv), ciphertext: made.ciphertext }))).toBe(pt);
      }
    });
  });
});

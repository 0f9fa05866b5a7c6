/** Examples out of the standards. */

import { encodeHex, isKeyrailError } from "@keyrail/core";
import { describe, expect, it } from "vitest";
import { passwordKey, type PasswordKeyParameters } from "../../src/encodings/password-key.ts";
import { readKeyFile, writeKeyFile } from "../../src/index.ts";
import { refusalReason } from "./errors.ts";
import { readPrivate, textBytes } from "./generated-keys.ts";

describe("RFC 8410, section 10.3", () => {
  const seed = "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842";
  const publicKey = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

  it("version 1", async () => {
    const { material } = await readPrivate(`-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
`);
    expect(encodeHex(material.bytes)).toBe(seed);
  });

  it("version 2 with an attribute and the public key", async () => {
    const { material, publicKey: stated } = await readPrivate(`-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
`);
    expect(encodeHex(material.bytes)).toBe(seed);
    expect(stated === undefined ? "" : encodeHex(stated.toRaw())).toBe(publicKey);
  });
});

describe("JWK", () => {
  it("RFC 8037, appendix A.1", async () => {
    const jwk = {
      kty: "OKP",
      crv: "Ed25519",
      d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
      x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    };
    const { material, publicKey } = await readPrivate(JSON.stringify(jwk));
    if (publicKey === undefined) throw new Error("a JWK has its public half");
    const written = await writeKeyFile(material, publicKey, { format: "jwk" });
    expect(JSON.parse(Buffer.from(written).toString())).toEqual(jwk);
  });

  it("RFC 7515, appendix A.3 (P-256) and A.1 (HMAC)", async () => {
    const { publicKey } = await readPrivate(
      JSON.stringify({
        kty: "EC",
        crv: "P-256",
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
      }),
    );
    expect(publicKey?.keyType).toBe("P-256");
    const hmac = {
      kty: "oct",
      k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    };
    const key = await readKeyFile(textBytes(JSON.stringify(hmac)), { keyType: "HMAC-SHA-256" });
    expect(key).toMatchObject({ kind: "secret", keyType: "HMAC-SHA-256" });
  });
});

describe("Web3 Secret Storage, test vectors of the definition", () => {
  const password = textBytes("testpassword");
  const secret = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
  const pbkdf2 = {
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
      ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
      kdf: "pbkdf2",
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: "hmac-sha256",
        salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
      },
      mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    version: 3,
  };
  const scrypt = {
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: "83dbcc02d8ccb40e466191a123791e0e" },
      ciphertext: "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
      kdf: "scrypt",
      kdfparams: {
        dklen: 32,
        n: 262144,
        p: 8,
        r: 1,
        salt: "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
      },
      mac: "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
    id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    version: 3,
  };

  it.each([
    ["PBKDF2", pbkdf2],
    ["scrypt", scrypt],
  ])("%s", async (_, file) => {
    const { material } = await readPrivate(JSON.stringify(file), { password });
    expect(encodeHex(material.bytes)).toBe(secret);
  });

  it("an address in the file must be that of the key", async () => {
    const stated = JSON.stringify({ ...pbkdf2, address: "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b" });
    expect(encodeHex((await readPrivate(stated, { password })).material.bytes)).toBe(secret);
    const other = JSON.stringify({ ...pbkdf2, address: "018aeeda4d805471df9b2a5b0f38a0c3bcba786b" });
    expect(await refusalReason(readPrivate(other, { password }))).toBe("address does not belong");
  });

  const changed = (kdfparams: object): string =>
    JSON.stringify({
      ...scrypt,
      crypto: { ...scrypt.crypto, kdfparams: { ...scrypt.crypto.kdfparams, ...kdfparams } },
    });

  it.each([
    ["memory of gibibytes", changed({ n: 2 ** 23 }), "key derivation too expensive"],
    ["memory above 512 MiB in one pass", changed({ n: 2 ** 20, r: 8, p: 1 }), "key derivation too expensive"],
    ["memory that no machine has", changed({ n: 2 ** 40, r: 2 ** 20 }), "key derivation too expensive"],
    ["time of many passes", changed({ p: 2 ** 25 }), "key derivation too expensive"],
    ["time of an r that only JavaScript does", changed({ p: 16 }), "key derivation too expensive"],
    ["a cost that is no power of two", changed({ n: 262143 }), "scrypt parameters"],
    ["a negative cost", changed({ n: -2 }), "scrypt parameters"],
    ["no blocks", changed({ r: 0 }), "scrypt parameters"],
    ["a fraction", changed({ n: 1024.5 }), "malformed file"],
    ["another key length", changed({ dklen: 16 }), "malformed file"],
    ["a salt that is not hexadecimal", changed({ salt: "xx" }), "malformed file"],
    ["no version", JSON.stringify({ crypto: scrypt.crypto }), "malformed file"],
    [
      "another cipher",
      JSON.stringify({ ...scrypt, crypto: { ...scrypt.crypto, cipher: "aes-128-cbc" } }),
      "malformed file",
    ],
    ["another kdf", JSON.stringify({ ...scrypt, crypto: { ...scrypt.crypto, kdf: "argon2" } }), "malformed file"],
    ["a short MAC", JSON.stringify({ ...scrypt, crypto: { ...scrypt.crypto, mac: "00" } }), "malformed file"],
    [
      "PBKDF2 iterations above ten million",
      JSON.stringify({
        ...pbkdf2,
        crypto: { ...pbkdf2.crypto, kdfparams: { ...pbkdf2.crypto.kdfparams, c: 10_000_001 } },
      }),
      "key derivation too expensive",
    ],
  ])("refuses %s before any work", async (_, file, reason) => {
    const started = performance.now();
    expect(await refusalReason(readPrivate(file, { password }))).toBe(reason);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("key derivation", () => {
  it("scrypt as RFC 7914, section 12", async () => {
    const salt = textBytes("NaCl");
    const parameters: PasswordKeyParameters = { name: "scrypt", salt, cost: 1024, blockSize: 8, parallelization: 16 };
    const key = await passwordKey(textBytes("password"), parameters, 64, "pkcs8");
    expect(encodeHex(key)).toBe(
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    );
  });

  it("PBKDF2 with HMAC-SHA-1 as RFC 6070", async () => {
    const parameters: PasswordKeyParameters = {
      name: "pbkdf2",
      hash: "sha1",
      salt: textBytes("salt"),
      iterations: 4096,
    };
    expect(encodeHex(await passwordKey(textBytes("password"), parameters, 20, "pkcs8"))).toBe(
      "4b007901b765489abead49d926f721d065a429c1",
    );
    const none = passwordKey(textBytes("password"), { ...parameters, iterations: 0 }, 20, "pkcs8");
    await expect(none).rejects.toSatisfy((error: unknown) => isKeyrailError(error, "InvalidKeyMaterial"));
  });
});

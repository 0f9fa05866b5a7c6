/** Every writer's output reads back as what was written, for random keys. */

import {
  PRIVATE_KEY_BYTES,
  PublicKey,
  WEIERSTRASS_CURVES,
  decodeHex,
  isWeierstrassKeyType,
  type AsymmetricKeyType,
  type PrivateKeyMaterial,
} from "@keyrail/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivePublicKey } from "../../src/encodings/derive-public-key.ts";
import { decodeWeb3SecretStorage, writeWeb3SecretStorage } from "../../src/encodings/web3-secret-storage.ts";
import {
  decodePkcs8,
  decryptPkcs8,
  encryptPkcs8,
  keyTypeOfJwkAlgorithm,
  readKeyFile,
  writeKeyFile,
  writePkcs8,
  writePrivateJwk,
  writeSecretJwk,
  type WritableKeyFileFormat,
} from "../../src/index.ts";
import { refusal, refusalReason } from "./errors.ts";
import { PASSWORD, readPrivate, textBytes } from "./generated-keys.ts";

const SETTINGS = { seed: 7, numRuns: 25 };

/** A private key from random bytes: scalars are reduced into their range. */
function materialFrom(keyType: AsymmetricKeyType, random: Uint8Array): PrivateKeyMaterial {
  if (!isWeierstrassKeyType(keyType)) return { keyType, format: "seed", bytes: random };
  const { n, coordinateBytes } = WEIERSTRASS_CURVES[keyType];
  const scalar = (BigInt(`0x${Buffer.from(random).toString("hex")}`) % (n - 1n)) + 1n;
  return { keyType, format: "scalar", bytes: decodeHex(scalar.toString(16).padStart(2 * coordinateBytes, "0")) };
}

function arbitraryMaterial(keyType: AsymmetricKeyType): fc.Arbitrary<PrivateKeyMaterial> {
  const { scalar, seed } = PRIVATE_KEY_BYTES[keyType];
  const length = scalar ?? seed ?? 0;
  return fc.uint8Array({ minLength: length, maxLength: length }).map((random) => materialFrom(keyType, random));
}

const ALL: readonly WritableKeyFileFormat[] = ["pkcs8", "pkcs8-pem", "jwk", "hex", "raw"];
const EC: readonly WritableKeyFileFormat[] = [...ALL, "sec1", "sec1-pem"];
const FORMATS: Readonly<Partial<Record<AsymmetricKeyType, readonly WritableKeyFileFormat[]>>> = {
  "P-256": EC,
  "P-384": EC,
  "P-521": EC,
  secp256k1: EC,
  stark: ["jwk", "hex", "raw"],
  Ed25519: [...ALL, "solana"],
  Ed448: ALL,
  X25519: ALL,
  X448: ALL,
  "ML-KEM-512": ALL,
  "ML-DSA-44": ALL,
};

describe.each(Object.entries(FORMATS))("%s", (name, formats) => {
  it.each(formats)("%s", async (format) => {
    const [keyType] = Object.keys(PRIVATE_KEY_BYTES).filter(
      (candidate): candidate is AsymmetricKeyType => candidate === name,
    );
    if (keyType === undefined) throw new Error("unknown key type");
    await fc.assert(
      fc.asyncProperty(arbitraryMaterial(keyType), async (material) => {
        const publicKey = await derivePublicKey(material, "raw");
        const file = await writeKeyFile(material, publicKey, { format });
        const read = await readPrivate(file, { keyType });
        expect(read.material).toEqual(material);
        if (read.publicKey !== undefined) expect(read.publicKey.equals(publicKey)).toBe(true);
      }),
      name.startsWith("ML-") || name === "stark" ? { seed: 7, numRuns: 4 } : SETTINGS,
    );
  });
});

it("expanded post-quantum keys: PKCS#8, raw", async () => {
  for (const keyType of ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const) {
    const material = await expandedKey(keyType);
    expect((await readPrivate(writePkcs8(material), { keyType })).material).toEqual(material);
    expect((await readPrivate(material.bytes, { keyType })).material).toEqual(material);
    expect(await refusalReason(writeKeyFile(material, await derivePublicKey(material, "raw"), { format: "jwk" }))).toBe(
      "no JWK form",
    );
  }
});

async function expandedKey(keyType: AsymmetricKeyType): Promise<PrivateKeyMaterial> {
  const { ml_kem512, ml_kem768, ml_kem1024 } = await import("@noble/post-quantum/ml-kem.js");
  const { ml_dsa44, ml_dsa65, ml_dsa87 } = await import("@noble/post-quantum/ml-dsa.js");
  const schemes: Readonly<Partial<Record<AsymmetricKeyType, { keygen(): { secretKey: Uint8Array } }>>> = {
    "ML-KEM-512": ml_kem512,
    "ML-KEM-768": ml_kem768,
    "ML-KEM-1024": ml_kem1024,
    "ML-DSA-44": ml_dsa44,
    "ML-DSA-65": ml_dsa65,
    "ML-DSA-87": ml_dsa87,
  };
  const bytes = schemes[keyType]?.keygen().secretKey;
  if (bytes === undefined) throw new Error(`no scheme for ${keyType}`);
  return { keyType, format: "expanded", bytes };
}

it("encrypted PKCS#8, with any password", async () => {
  const password = fc.uint8Array({ maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(arbitraryMaterial("Ed448"), password, async (material, secret) => {
      const file = await encryptPkcs8(writePkcs8(material), secret, { iterations: 10_000 });
      expect(decodePkcs8(await decryptPkcs8(file, secret)).material).toEqual(material);
      expect((await readPrivate(file, { password: secret })).material).toEqual(material);
    }),
    SETTINGS,
  );
});

it("Web3 Secret Storage, with any password", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryMaterial("secp256k1"), fc.uint8Array({ maxLength: 100 }), async (material, secret) => {
      const file: unknown = JSON.parse(await writeWeb3SecretStorage(material, secret, { cost: 1024 }));
      expect((await decodeWeb3SecretStorage(file, secret)).material).toEqual(material);
      const wrong = Uint8Array.of(...secret, 1);
      expect((await refusal(decodeWeb3SecretStorage(file, wrong))).code).toBe("WrongPassword");
    }),
    SETTINGS,
  );
});

it("the defaults of the encrypted formats", async () => {
  const material = materialFrom("secp256k1", new Uint8Array(32).fill(3));
  const publicKey = await derivePublicKey(material, "raw");
  for (const format of ["web3", "pkcs8-pem"] as const) {
    const file = await writeKeyFile(material, publicKey, { format, password: PASSWORD });
    expect((await readPrivate(file, { password: PASSWORD })).material).toEqual(material);
  }
});

it("symmetric JWKs", async () => {
  const algorithms = [
    "HS256",
    "HS384",
    "HS512",
    "HMAC-SHA3-256",
    "HMAC-SHA3-384",
    "HMAC-SHA3-512",
    "A128GCM",
    "A192GCM",
    "A256GCM",
    "A128CBC",
    "A192CBC",
    "A256CBC",
    "A128KW",
    "A192KW",
    "A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
  ];
  for (const algorithm of algorithms) {
    const keyType = keyTypeOfJwkAlgorithm(algorithm);
    if (keyType === undefined) throw new Error(`no key type for ${algorithm}`);
    const bytes = new Uint8Array(keyType.startsWith("AES") ? Number(keyType.slice(4)) / 8 : 40).fill(5);
    const jwk = writeSecretJwk(keyType, bytes, algorithm);
    expect(await readKeyFile(textBytes(JSON.stringify(jwk)))).toEqual({ kind: "secret", keyType, bytes });
    const { alg: _, ...anonymous } = jwk;
    expect(await refusalReason(readKeyFile(textBytes(JSON.stringify(anonymous))))).toBe("no alg");
    const named = await readKeyFile(textBytes(JSON.stringify(anonymous)), { keyType });
    expect(named).toEqual({ kind: "secret", keyType, bytes });
    expect(await readKeyFile(textBytes(JSON.stringify(writeSecretJwk(keyType, bytes))))).toEqual({
      kind: "secret",
      keyType,
      bytes,
    });
  }
  for (const algorithm of ["A128CBC-HS256", "dir", "PBES2-HS256+A128KW", "toString", "HS1"]) {
    expect(keyTypeOfJwkAlgorithm(algorithm)).toBeUndefined();
    expect(await refusalReason(readKeyFile(textBytes(JSON.stringify({ kty: "oct", alg: algorithm, k: "AAAA" }))))).toBe(
      "unsupported alg",
    );
  }
  expect(await refusalReason(readKeyFile(textBytes('{"kty":"oct","alg":"A128GCM","k":"AAAA"}')))).toBe("wrong length");
  expect(await refusalReason(readKeyFile(textBytes('{"kty":"oct","alg":"HS256","k":""}')))).toBe("wrong length");
  expect(() => writeSecretJwk("AES-128", new Uint8Array(16), "HS256")).toThrow("The JWK holds an HMAC-SHA-256 key");
});

it("writers refuse what their format has no place for", async () => {
  const stark = materialFrom("stark", new Uint8Array(32).fill(9));
  const starkPublic = await derivePublicKey(stark, "raw");
  const ed25519 = materialFrom("Ed25519", new Uint8Array(32).fill(9));
  const ed25519Public = await derivePublicKey(ed25519, "raw");
  const expanded: PrivateKeyMaterial = { keyType: "Ed25519", format: "expanded", bytes: new Uint8Array(64).fill(9) };
  expect(await refusalReason(writeKeyFile(stark, starkPublic, { format: "pkcs8" }))).toBe("no object identifier");
  expect(await refusalReason(writeKeyFile(stark, starkPublic, { format: "sec1" }))).toBe("wrong type");
  expect(await refusalReason(writeKeyFile(stark, starkPublic, { format: "solana" }))).toBe("wrong type");
  expect(await refusalReason(writeKeyFile(ed25519, ed25519Public, { format: "web3", password: PASSWORD }))).toBe(
    "wrong type",
  );
  expect(await refusalReason(writeKeyFile(expanded, ed25519Public, { format: "pkcs8" }))).toBe("no PKCS#8 form");
  expect(await refusalReason(writeKeyFile(expanded, ed25519Public, { format: "solana" }))).toBe("wrong type");
  expect(() => writePrivateJwk(ed25519, starkPublic)).toThrow("does not belong to a Ed25519 private key");
});

it("the two ways to derive a stark public key agree with the curve equation", async () => {
  const one: PrivateKeyMaterial = { keyType: "stark", format: "scalar", bytes: new Uint8Array(32).with(31, 1) };
  const derived = await derivePublicKey(one, "raw");
  expect(PublicKey.fromRaw("stark", derived.toRaw()).equals(derived)).toBe(true);
});

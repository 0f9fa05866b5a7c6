import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { isKeyrailError } from "@keyrail/core";
import {
  argon2id,
  decrypt,
  decryptAsync,
  encrypt,
  encryptAsync,
  generatePrivateKey,
  generateSecretKey,
  hkdf,
  isArgon2Available,
  mac,
  macAsync,
  openSealed,
  pbkdf2,
  scrypt,
  seal,
  SEAL_OVERHEAD_BYTES,
  signAsync,
  unwrap,
  verifyAsync,
  verifyMac,
  verifyMacAsync,
  wrap,
} from "../src/index.ts";

const RUNS = { seed: 20_262, numRuns: 60 };

function failure(work: () => unknown): { code: string; message: string; cause: unknown } {
  try {
    work();
  } catch (error) {
    if (isKeyrailError(error)) return { code: error.code, message: error.message, cause: error.cause };
    throw error;
  }
  return { code: "nothing thrown", message: "", cause: undefined };
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("sealed records", () => {
  test("open with the same key and additional data, and with nothing else", () => {
    const key = generateSecretKey("AES-256");
    const other = generateSecretKey("AES-256");
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, identity, at, mask) => {
        const sealed = seal(key, content, identity);
        expect(sealed.length).toBe(content.length + SEAL_OVERHEAD_BYTES);
        expect(toHex(openSealed(key, sealed, identity))).toBe(toHex(content));
        const flipped = sealed.slice();
        flipped[at % sealed.length] = (flipped[at % sealed.length] ?? 0) ^ mask;
        const failures = [
          failure(() => openSealed(key, flipped, identity)),
          failure(() => openSealed(key, sealed.subarray(1), identity)),
          failure(() => openSealed(key, sealed, Buffer.concat([identity, Buffer.of(0)]))),
          failure(() => openSealed(other, sealed, identity)),
        ];
        for (const one of failures) expect(one).toEqual(failures[0]);
        expect(failures[0]?.code).toBe("DecryptionFailed");
        expect(failures[0]?.cause).toBeUndefined();
      }),
      RUNS,
    );
    expect(failure(() => seal(generateSecretKey("AES-128"), Uint8Array.of(1), Uint8Array.of())).code).toBe(
      "InvalidRequest",
    );
  });
});

describe("HMAC", () => {
  test("takes the leftmost 16 bytes and more, and nothing shorter", () => {
    const key = generateSecretKey("HMAC-SHA-512");
    const message = Buffer.from("message");
    const tag = mac(key, message, "HS512");
    expect(tag.length).toBe(64);
    for (const length of [16, 32, 64]) expect(verifyMac(key, message, tag.subarray(0, length))).toBe(true);
    for (const length of [0, 1, 15]) expect(verifyMac(key, message, tag.subarray(0, length))).toBe(false);
    expect(verifyMac(key, message, Buffer.concat([tag, Buffer.of(0)]))).toBe(false);
    expect(failure(() => mac(key, message, "HS256")).code).toBe("InvalidRequest");
  });
});

describe("AES", () => {
  test("every failed decryption looks the same", () => {
    const key = generateSecretKey("AES-256");
    const made = encrypt(key, { algorithm: "A256CBC", plaintext: new Uint8Array(40) });
    const cbc = { algorithm: "A256CBC", iv: made.iv } as const;
    const failures = [
      failure(() => decrypt(key, { ...cbc, ciphertext: new Uint8Array(48) })),
      failure(() => decrypt(key, { ...cbc, ciphertext: made.ciphertext.subarray(1) })),
      failure(() => decrypt(key, { ...cbc, ciphertext: new Uint8Array(0) })),
    ];
    for (const one of failures) expect(one).toEqual(failures[0]);
    expect(failures[0]?.cause).toBeUndefined();
  });

  test("random IVs are fresh, and GCM binds its additional data", () => {
    const key = generateSecretKey("AES-192");
    const plaintext = Buffer.from("text");
    const first = encrypt(key, { algorithm: "A192GCM", plaintext, additionalData: Uint8Array.of(1) });
    const second = encrypt(key, { algorithm: "A192GCM", plaintext, additionalData: Uint8Array.of(1) });
    expect(toHex(first.iv)).not.toBe(toHex(second.iv));
    const request = { ...first, algorithm: "A192GCM" } as const;
    expect(Buffer.from(decrypt(key, { ...request, additionalData: Uint8Array.of(1) }))).toEqual(plaintext);
    expect(failure(() => decrypt(key, request)).code).toBe("DecryptionFailed");
    const shortTag = first.tag?.subarray(0, 12) ?? new Uint8Array(12);
    expect(failure(() => decrypt(key, { ...request, additionalData: Uint8Array.of(1), tag: shortTag })).code).toBe(
      "DecryptionFailed",
    );
    expect(failure(() => encrypt(key, { algorithm: "A128GCM", plaintext })).code).toBe("InvalidRequest");
    expect(failure(() => encrypt(key, { algorithm: "A192CBC", plaintext, iv: Uint8Array.of(1) })).code).toBe(
      "InvalidRequest",
    );
  });

  test("KWP wraps any length, KW multiples of 8", () => {
    const key = generateSecretKey("AES-128");
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        expect(toHex(unwrap(key, "A128KWP", wrap(key, "A128KWP", bytes)))).toBe(toHex(bytes));
        const fits = bytes.length >= 16 && bytes.length % 8 === 0;
        expect(failure(() => wrap(key, "A128KW", bytes)).code).toBe(fits ? "nothing thrown" : "InvalidRequest");
      }),
      RUNS,
    );
  });
});

describe("keys from passwords", () => {
  test("scrypt: RFC 7914 section 12", async () => {
    const made = await scrypt(Buffer.from("password"), {
      cost: 1024,
      blockSize: 8,
      parallelization: 16,
      salt: Buffer.from("NaCl"),
      length: 64,
    });
    expect(toHex(made)).toBe(
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162" +
        "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    );
  });

  test("PBKDF2-HMAC-SHA-1: RFC 6070", async () => {
    const parameters = { hash: "SHA-1", iterations: 4096, salt: Buffer.from("salt"), length: 20 } as const;
    expect(toHex(await pbkdf2(Buffer.from("password"), parameters))).toBe("4b007901b765489abead49d926f721d065a429c1");
  });

  test("Argon2id: the reference implementation's test, or its absence", async () => {
    const parameters = { memoryKiB: 65_536, passes: 2, parallelism: 1, salt: Buffer.from("somesalt"), length: 32 };
    const outcome = await argon2id(Buffer.from("password"), parameters).then(toHex, (error: unknown) =>
      isKeyrailError(error) ? error.code : error,
    );
    expect(outcome).toBe(
      isArgon2Available()
        ? "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        : "UnsupportedCapability",
    );
  });

  test("parameters out of range are refused before any work", async () => {
    const password = Buffer.from("password");
    const salt = new Uint8Array(16);
    const refused = { code: "InvalidRequest" };
    const scryptBase = { cost: 2 ** 14, blockSize: 8, parallelization: 1, salt, length: 32 };
    await expect(scrypt(password, { ...scryptBase, cost: 1000 })).rejects.toMatchObject(refused);
    await expect(scrypt(password, { ...scryptBase, cost: 2 ** 30 })).rejects.toMatchObject(refused);
    await expect(pbkdf2(password, { hash: "SHA-256", iterations: 0, salt, length: 32 })).rejects.toMatchObject(refused);
  });

  test("HKDF refuses lengths it can't give", () => {
    const base = { hash: "SHA-384", inputKeyMaterial: new Uint8Array(16) } as const;
    expect(hkdf({ ...base, length: 255 * 48 }).length).toBe(12_240);
    expect(failure(() => hkdf({ ...base, length: 255 * 48 + 1 })).code).toBe("InvalidRequest");
    expect(failure(() => hkdf({ ...base, length: 0 })).code).toBe("InvalidRequest");
  });
});

describe("large inputs", () => {
  const large = new Uint8Array(3 * 1024 ** 2 + 5).fill(7);

  test("give the same result in pieces, and leave the event loop free in between", async () => {
    const key = generateSecretKey("HMAC-SHA-256");
    let turns = 0;
    const ticker = setInterval(() => turns++, 0);
    const tag = await macAsync(key, large);
    clearInterval(ticker);
    expect(toHex(tag)).toBe(toHex(mac(key, large)));
    expect(turns).toBeGreaterThan(0);
    expect(await verifyMacAsync(key, large, tag)).toBe(true);
    const aes = generateSecretKey("AES-256");
    for (const algorithm of ["A256GCM", "A256CBC"] as const) {
      const made = await encryptAsync(aes, { algorithm, plaintext: large });
      const again = encrypt(aes, { algorithm, plaintext: large, iv: made.iv });
      expect(Buffer.compare(made.ciphertext, again.ciphertext)).toBe(0);
      const opened = await decryptAsync(aes, { ...made, algorithm });
      expect(Buffer.compare(opened, large)).toBe(0);
      const spoilt = { ...made, algorithm, ciphertext: made.ciphertext.subarray(0, -1) };
      await expect(decryptAsync(aes, spoilt)).rejects.toMatchObject({ code: "DecryptionFailed" });
    }
  });

  test.each([
    ["P-256", "ES256"],
    ["P-384", "ES384"],
    ["Ed25519", "Ed25519"],
    ["Ed448", "Ed448"],
    ["ML-DSA-44", "ML-DSA-44"],
  ] as const)("%s signs them", async (keyType, algorithm) => {
    const key = generatePrivateKey(keyType);
    const { signature } = await signAsync(key, { algorithm, message: large });
    expect(await verifyAsync(key, { algorithm, message: large, signature })).toBe(true);
    expect(await verifyAsync(key, { algorithm, message: large.subarray(1), signature })).toBe(false);
  });
});

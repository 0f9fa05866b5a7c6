/** Any truncated or changed file gives a KeyrailError or a valid key: never another exception, never a hang, never a leak. */

import { PublicKey, encodeBase64, encodeBase64Url, encodeHex, isKeyrailError } from "@keyrail/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeWeb3SecretStorage } from "../../src/encodings/web3-secret-storage.ts";
import {
  encryptPkcs8,
  readKeyFile,
  writeKeyFile,
  writePkcs8,
  type ParsedKey,
  type ReadKeyFileOptions,
} from "../../src/index.ts";
import { PASSWORD, generateKeyPair, pkcs8Of, readPrivate, spkiOf, textBytes } from "./generated-keys.ts";

async function pairOf(keyType: "P-256" | "secp256k1" | "Ed25519" | "ML-DSA-44" | "ML-KEM-512"): Promise<{
  material: Awaited<ReturnType<typeof readPrivate>>["material"];
  publicKey: PublicKey;
}> {
  const pair = generateKeyPair(keyType);
  const { material } = await readPrivate(new Uint8Array(pkcs8Of(pair.privateKey)));
  return { material, publicKey: PublicKey.fromSpki(spkiOf(pair.publicKey)) };
}

interface Sample {
  readonly name: string;
  readonly file: Uint8Array;
  readonly options?: ReadKeyFileOptions;
  readonly secret: Uint8Array;
}

async function corpus(): Promise<Sample[]> {
  const samples: Sample[] = [];
  const p256 = await pairOf("P-256");
  const secret = p256.material.bytes;
  for (const format of ["pkcs8", "pkcs8-pem", "sec1", "sec1-pem", "jwk"] as const) {
    samples.push({
      name: `P-256 ${format}`,
      file: await writeKeyFile(p256.material, p256.publicKey, { format }),
      secret,
    });
  }
  for (const format of ["hex", "raw"] as const) {
    const file = await writeKeyFile(p256.material, p256.publicKey, { format });
    samples.push({ name: `P-256 ${format}`, file, options: { keyType: "P-256" }, secret });
  }
  const encrypted = await encryptPkcs8(writePkcs8(p256.material, p256.publicKey), PASSWORD, { iterations: 10_000 });
  samples.push({ name: "encrypted PKCS#8", file: encrypted, options: { password: PASSWORD }, secret });
  const ed25519 = await pairOf("Ed25519");
  for (const format of ["pkcs8", "jwk", "solana"] as const) {
    const file = await writeKeyFile(ed25519.material, ed25519.publicKey, { format });
    samples.push({ name: `Ed25519 ${format}`, file, secret: ed25519.material.bytes });
  }
  const secp256k1 = await pairOf("secp256k1");
  const web3 = textBytes(await writeWeb3SecretStorage(secp256k1.material, PASSWORD, { cost: 1024 }));
  samples.push({ name: "web3", file: web3, options: { password: PASSWORD }, secret: secp256k1.material.bytes });
  for (const keyType of ["ML-DSA-44", "ML-KEM-512"] as const) {
    const { material, publicKey } = await pairOf(keyType);
    for (const format of ["pkcs8", "jwk"] as const) {
      const file = await writeKeyFile(material, publicKey, { format });
      samples.push({ name: `${keyType} ${format}`, file, secret: material.bytes });
    }
  }
  samples.push({ name: "spki", file: p256.publicKey.toSpki(), secret });
  samples.push({
    name: "oct",
    file: textBytes(`{"kty":"oct","alg":"HS256","k":"${encodeBase64Url(secret)}"}`),
    secret,
  });
  return samples;
}

const SAMPLES = await corpus();

/** Reads a mutated file: gives the key, or nothing after a check of the error. */
async function readMutated({ options = {}, secret }: Sample, file: Uint8Array): Promise<ParsedKey | undefined> {
  try {
    return await readKeyFile(file, options);
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    const shown = JSON.stringify(error) + String(error.stack) + String(error.cause);
    for (const form of [encodeHex(secret), encodeBase64(secret), encodeBase64Url(secret)]) {
      expect(shown).not.toContain(form.slice(4, 20));
    }
    return undefined;
  }
}

function sizeOf(key: ParsedKey): number {
  if (key.kind === "public") return key.publicKey.toRaw().length;
  return key.kind === "private" ? key.material.bytes.length : key.bytes.length;
}

describe.each(SAMPLES)("$name", (sample) => {
  const { file, options = {} } = sample;

  it("reads whole", async () => {
    expect(await readMutated(sample, file)).toBeDefined();
  });

  it("truncated anywhere", async () => {
    const step = Math.max(1, Math.floor(file.length / 150));
    const half: (ParsedKey | undefined)[] = [];
    for (let length = 0; length < file.length; length += step) {
      const key = await readMutated(sample, file.subarray(0, length));
      if (2 * length < file.length) half.push(key);
    }
    expect(half.filter((key) => key !== undefined)).toEqual([]);
  });

  it("with flipped bits, changed, inserted and removed bytes", async () => {
    const position = fc.nat({ max: file.length - 1 });
    const mutation = fc.oneof(
      fc.tuple(position, fc.nat({ max: 7 })).map(([at, bit]) => file.with(at, (file[at] ?? 0) ^ (1 << bit))),
      fc.tuple(position, fc.nat({ max: 255 })).map(([at, value]) => file.with(at, value)),
      fc
        .tuple(position, fc.nat({ max: 255 }))
        .map(([at, value]) => Uint8Array.of(...file.subarray(0, at), value, ...file.subarray(at))),
      fc
        .tuple(position, fc.integer({ min: 1, max: 8 }))
        .map(([at, count]) => Uint8Array.of(...file.subarray(0, at), ...file.subarray(at + count))),
    );
    await fc.assert(
      fc.asyncProperty(mutation, async (mutated) => {
        const key = await readMutated(sample, mutated);
        expect(key === undefined || sizeOf(key) > 0).toBe(true);
      }),
      { seed: 7, numRuns: 250 },
    );
  });

  it("does not change its input", async () => {
    const copy = file.slice();
    await readMutated(sample, copy);
    expect(copy).toEqual(file);
    await readMutated(sample, copy.subarray(0, -1));
    expect(copy).toEqual(file);
    expect(options.password === undefined || options.password.length > 0).toBe(true);
  });
});

it("random bytes and random text", async () => {
  const [sample] = SAMPLES;
  if (sample === undefined) throw new Error("no samples");
  const inputs = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ maxLength: 300 }).map(textBytes),
    fc.json().map(textBytes),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Uint8Array.of(0x30, ...bytes)),
    fc
      .string({ maxLength: 100 })
      .map((text) => textBytes(`-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`)),
  );
  const keyTypes = fc.constantFrom("P-521", "Ed448", "ML-KEM-768", "AES-192", "HMAC-SHA-512", "stark", undefined);
  await fc.assert(
    fc.asyncProperty(inputs, keyTypes, async (file, keyType) => {
      const key = await readMutated(
        { ...sample, options: { password: PASSWORD, ...(keyType === undefined ? {} : { keyType }) } },
        file,
      );
      expect(key === undefined || sizeOf(key) > 0).toBe(true);
    }),
    { seed: 7, numRuns: 1500 },
  );
});

import { createHmac } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { concatenate, fromHex, fromInteger, toHex, toInteger } from "../../test/support/bytes.ts";
import { describeVectors } from "../../test/support/published-vectors.ts";
import {
  loadHd,
  loadSecretSharing,
  type HdAlgorithm,
  type HdKeyType,
  type HdPrivateKey,
  type HdPublicKey,
} from "../index.ts";

const hd = await loadHd();
const { secretSharing } = await loadSecretSharing();
const refusal = (code: string): unknown => expect.objectContaining({ code });

/** The 33 bytes BIP-32 and SLIP-10 print as the public key. */
const serialised = ({ publicKey }: HdPublicKey): string =>
  publicKey.length === 65
    ? `0${2 + ((publicKey[64] ?? 0) & 1)}${toHex(publicKey.subarray(1, 33))}`
    : `00${toHex(publicKey)}`;

const bip32Schema = z.object({
  vectors: z
    .array(
      z.object({
        name: z.string(),
        seed: z.string(),
        chain: z.array(z.object({ path: z.string(), xpub: z.string(), xprv: z.string() })).min(1),
      }),
    )
    .min(1),
  invalidExtendedKeys: z.array(z.object({ key: z.string(), reason: z.string() })).min(1),
});

describeVectors("hd/bip32.json", bip32Schema, ({ vectors, invalidExtendedKeys }) => {
  const cases = vectors.flatMap(({ name, seed, chain }) => chain.map((key) => ({ ...key, name, seed })));

  it("has all 17 keys and 16 invalid ones", () => {
    expect([cases.length, invalidExtendedKeys.length]).toEqual([17, 16]);
  });

  it.each(cases)("$name, $path", ({ seed, path, xprv, xpub }) => {
    const master = hd.masterFromSeed("BIP32", "secp256k1", fromHex(seed));
    const derived = hd.derivePrivate("BIP32", master, path);
    expect(hd.formatExtendedKey(derived)).toBe(xprv);
    expect(hd.formatExtendedKey(hd.publicOf("BIP32", derived))).toBe(xpub);
    expect(hd.parseExtendedKey(xprv)).toEqual({ kind: "private", network: "mainnet", key: derived });
    expect(hd.parseExtendedKey(xpub)).toEqual({
      kind: "public",
      network: "mainnet",
      key: hd.publicOf("BIP32", derived),
    });
  });

  it.each(cases.filter(({ path }) => path !== "m" && !path.endsWith("'")))(
    "$name, $path from the parent's xpub",
    ({ name, path, xpub }) => {
      const parentPath = path.slice(0, path.lastIndexOf("/"));
      const parent = cases.find((other) => other.name === name && other.path === parentPath);
      const parsed = hd.parseExtendedKey(parent?.xpub ?? "");
      if (parsed.kind !== "public") throw new Error("not an xpub");
      expect(
        hd.formatExtendedKey(hd.derivePublic("BIP32", parsed.key, `m/${path.slice(path.lastIndexOf("/") + 1)}`)),
      ).toBe(xpub);
    },
  );

  it.each(invalidExtendedKeys)("refuses: $reason", ({ key }) => {
    expect(() => hd.parseExtendedKey(key)).toThrow(refusal("InvalidKeyMaterial"));
    try {
      hd.parseExtendedKey(key);
    } catch (error) {
      expect(`${String(error)}${JSON.stringify(error)}`).not.toContain(key.slice(40, 60));
    }
  });
});

const slip10Schema = z.object({
  vectors: z
    .array(
      z.object({
        name: z.string(),
        curve: z.enum(["secp256k1", "nist256p1", "ed25519", "curve25519"]),
        seed: z.string(),
        chain: z
          .array(
            z.object({
              path: z.string(),
              parentFingerprint: z.string(),
              chainCode: z.string(),
              privateKey: z.string(),
              publicKey: z.string(),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});
const SLIP10_TYPES = { secp256k1: "secp256k1", nist256p1: "P-256", ed25519: "Ed25519", curve25519: "X25519" } as const;

describeVectors("hd/slip10.json", slip10Schema, ({ vectors }) => {
  const cases = vectors.flatMap(({ name, curve, seed, chain }) => chain.map((key) => ({ ...key, name, curve, seed })));

  it("has all 52 keys", () => {
    expect(cases).toHaveLength(52);
  });

  it.each(cases)("$name, $path", ({ curve, seed, path, parentFingerprint, chainCode, privateKey, publicKey }) => {
    const master = hd.masterFromSeed("SLIP10", SLIP10_TYPES[curve], fromHex(seed));
    const derived = hd.derivePrivate("SLIP10", master, path);
    expect(toHex(derived.privateKey)).toBe(privateKey);
    expect(toHex(derived.chainCode)).toBe(chainCode);
    expect(toHex(derived.position?.parentFingerprint ?? new Uint8Array())).toBe(parentFingerprint);
    expect(serialised(hd.publicOf("SLIP10", derived))).toBe(publicKey);
  });
});

describe("hd: values published without a file", () => {
  it("BIP-32 test vector 2 key, m/44/1/0/0/0", () => {
    const master: HdPrivateKey = {
      keyType: "secp256k1",
      privateKey: fromHex("4b03d6fc340455b363f51020ad3ecca4f0850280cf436c70c727923f6db46c3e"),
      chainCode: fromHex("60499f801b896d83179a4374aeb7822aaeaceaa0db1f85ee3e904c4defbd9689"),
    };
    const expected = "02fab5d9bc8c703da86cf15d6ae02d714995a964956506eb61070882cfcb00f337";
    for (const algorithm of ["BIP32", "SLIP10"] as const) {
      expect(serialised(hd.publicOf(algorithm, hd.derivePrivate(algorithm, master, "m/44/1/0/0/0")))).toBe(expected);
      expect(serialised(hd.derivePublic(algorithm, hd.publicOf(algorithm, master), "m/44/1/0/0/0"))).toBe(expected);
    }
  });

  it("EDWARDS-HD m/0", () => {
    const master: HdPrivateKey = {
      keyType: "Ed25519",
      privateKey: fromHex("09ba1ad29fabe87a0cf23fec142db2adfb8f9e7089928000dcba5714e08236ec"),
      chainCode: fromHex("64ae4b48b206ef11f75059af10d209546586baf8418222c6f4b989b75d008ddd"),
    };
    const child = hd.derivePrivate("EDWARDS-HD", master, "m/0");
    expect(toHex(child.privateKey)).toBe("0542fcce4962a2e1785bc9d183e6d80f754d7ad70251b7d9239b434bc6b117d4");
    const publicKey = "4fefbecb1d4a584b289e457ffe868d87b27ab421f66e32a078616552a837c7e2";
    expect(toHex(hd.publicOf("EDWARDS-HD", child).publicKey)).toBe(publicKey);
    expect(toHex(hd.derivePublic("EDWARDS-HD", hd.publicOf("EDWARDS-HD", master), "m/0").publicKey)).toBe(publicKey);
  });
});

describe("hd: STARK-HD, recomputed here from its description", () => {
  const ORDER = 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn;
  it("adds the first 96 of 128 bytes modulo n and keeps the last 32", () => {
    const privateKey = fromInteger(0x1234567890abcdefn);
    const chainCode = new Uint8Array(32).fill(7);
    const publicKey = secretSharing("stark").publicKeyOf(privateKey);
    const compressed = concatenate(Uint8Array.of(2 + ((publicKey[64] ?? 0) & 1)), publicKey.subarray(1, 33));
    const half = (prefix: number): Uint8Array =>
      createHmac("sha512", chainCode)
        .update(concatenate(Uint8Array.of(prefix), compressed, Uint8Array.of(0, 0, 1, 44)))
        .digest();
    const hash = concatenate(half(0), half(1));
    const child = hd.derivePrivate("STARK-HD", { keyType: "stark", privateKey, chainCode }, "m/300");
    expect(toInteger(child.privateKey)).toBe((0x1234567890abcdefn + toInteger(hash.subarray(0, 96))) % ORDER);
    expect(toHex(child.chainCode)).toBe(toHex(hash.subarray(96)));
  });
});

const WITH_PUBLIC: readonly (readonly [HdAlgorithm, HdKeyType])[] = [
  ["BIP32", "secp256k1"],
  ["SLIP10", "secp256k1"],
  ["SLIP10", "P-256"],
  ["EDWARDS-HD", "Ed25519"],
  ["STARK-HD", "stark"],
];
const HARDENED_ONLY: readonly (readonly [HdAlgorithm, HdKeyType])[] = [
  ["SLIP10", "Ed25519"],
  ["SLIP10", "X25519"],
];
const scalars = fc.bigInt({ min: 1n, max: 2n ** 250n }).map(fromInteger);
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const plainPaths = fc.array(fc.nat({ max: 2 ** 31 - 1 }), { maxLength: 3 });

describe.each(WITH_PUBLIC)("hd: %s on %s", (algorithm, keyType) => {
  it("derives the same public key from either half, at once or step by step, and leaves its input alone", () => {
    fc.assert(
      fc.property(scalars, bytes32, plainPaths, (privateKey, chainCode, path) => {
        const parent: HdPrivateKey = { keyType, privateKey, chainCode };
        const before = toHex(privateKey) + toHex(chainCode);
        const child = hd.derivePrivate(algorithm, parent, path);
        expect(hd.derivePublic(algorithm, hd.publicOf(algorithm, parent), path)).toEqual(hd.publicOf(algorithm, child));
        const stepwise = path.reduce((key, index) => hd.derivePrivate(algorithm, key, [index]), parent);
        expect(stepwise).toEqual(child);
        expect(toHex(privateKey) + toHex(chainCode)).toBe(before);
        expect(child.privateKey).not.toBe(privateKey);
        expect(child.position).toBeUndefined();
      }),
      { seed: 20260106, numRuns: 12 },
    );
  });

  it("refuses a hardened child of a public key, and keys that are none", () => {
    const parent: HdPrivateKey = { keyType, privateKey: fromInteger(5n), chainCode: new Uint8Array(32) };
    const half = hd.publicOf(algorithm, parent);
    expect(() => hd.derivePublic(algorithm, half, "m/0'")).toThrow(refusal("InvalidRequest"));
    for (const path of ["m", "m/0"]) {
      for (const privateKey of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31).fill(1)]) {
        expect(() => hd.derivePrivate(algorithm, { ...parent, privateKey }, path)).toThrow(
          refusal("InvalidKeyMaterial"),
        );
      }
      const off = Uint8Array.from(half.publicKey);
      off.fill(0xff, 1);
      expect(() => hd.derivePublic(algorithm, { ...half, publicKey: off }, path)).toThrow(
        refusal("InvalidKeyMaterial"),
      );
      expect(() => hd.derivePrivate(algorithm, { ...parent, chainCode: new Uint8Array(31) }, path)).toThrow(
        refusal("InvalidKeyMaterial"),
      );
      expect(() => hd.derivePublic(algorithm, { ...half, chainCode: new Uint8Array(33) }, path)).toThrow(
        refusal("InvalidKeyMaterial"),
      );
    }
  });
});

describe("hd: what an algorithm does not have", () => {
  it.each(["EDWARDS-HD", "STARK-HD"] as const)("%s has no hardened children and no master key", (algorithm) => {
    const keyType = algorithm === "STARK-HD" ? "stark" : "Ed25519";
    const parent: HdPrivateKey = { keyType, privateKey: fromInteger(5n), chainCode: new Uint8Array(32) };
    expect(() => hd.derivePrivate(algorithm, parent, "m/0'")).toThrow(refusal("InvalidRequest"));
    expect(() => hd.masterFromSeed(algorithm, keyType, new Uint8Array(32))).toThrow(refusal("InvalidRequest"));
  });

  it.each(HARDENED_ONLY)("%s on %s has hardened children of private keys only", (algorithm, keyType) => {
    const master = hd.masterFromSeed(algorithm, keyType, new Uint8Array(32).fill(3));
    expect(() => hd.derivePrivate(algorithm, master, "m/0")).toThrow(refusal("InvalidRequest"));
    expect(() => hd.derivePublic(algorithm, hd.publicOf(algorithm, master), "m/0'")).toThrow(refusal("InvalidRequest"));
    expect(() => hd.derivePrivate(algorithm, { ...master, privateKey: new Uint8Array(31) }, "m/0'")).toThrow(
      refusal("InvalidKeyMaterial"),
    );
    expect(() => hd.derivePrivate(algorithm, { ...master, privateKey: new Uint8Array(31) }, "m")).toThrow(
      refusal("InvalidKeyMaterial"),
    );
  });

  it("refuses pairs that are not defined and seeds of other lengths", () => {
    const seed = new Uint8Array(32).fill(1);
    expect(() => hd.masterFromSeed("BIP32", "Ed25519", seed)).toThrow(refusal("InvalidRequest"));
    expect(() => hd.masterFromSeed("SLIP10", "stark", seed)).toThrow(refusal("InvalidRequest"));
    for (const length of [0, 15, 65]) {
      expect(() => hd.masterFromSeed("BIP32", "secp256k1", new Uint8Array(length))).toThrow(refusal("InvalidRequest"));
    }
    for (const length of [16, 64])
      expect(hd.masterFromSeed("BIP32", "secp256k1", new Uint8Array(length)).privateKey).toHaveLength(32);
  });
});

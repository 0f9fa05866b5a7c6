/** Operations against the vectors of the fact sheet, and where the device and Keyrail would misunderstand each other. */

import { decodeBase64, encodeBase64, PublicKey } from "@keyrail/core";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kidOf } from "../src/operations/ecdsa-signature.ts";
import { type EncedoProvider, rejection, startDevice, type TestDevice, utf8 } from "./device.ts";

/** Section 6: private key 60,61,…,7f; the peer is `spk` of section 2. */
const PRIVATE_KEY = Uint8Array.from({ length: 32 }, (_, index) => 0x60 + index);
const PUBLIC_KEY = "Z13VdO13iTELPS52gfN5C0ZsdzsVIf7PNld5WDcepS8=";
const PEER = "eaYx7t4b+cmPEgMs3q3Q56B5OY/HhriMyEbsia+FpRo=";
const RAW_SECRET = "d6fb939511b2381bc8599b4b8edc5968829450dfd7a87aebe78a703cd04cd54e";

let device: TestDevice;
let provider: EncedoProvider;
beforeAll(async () => {
  device = await startDevice({ fixtures: { keys: [{ type: "CURVE25519", label: "vector", secretKey: PRIVATE_KEY }] } });
  provider = await device.open();
});
afterAll(() => device[Symbol.asyncDispose]());

describe("vectors of the fact sheet", () => {
  test("key ids are hashes of public keys (section 4)", () => {
    expect(kidOf(decodeBase64("A2sX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW"))).toBe(
      "48ef03376351151476103a040cfe34ee",
    );
    expect(kidOf(decodeBase64(PUBLIC_KEY))).toBe("ce661604ed91cb06ddbe02dbb5b02b86");
  });

  test("raw X25519 secret (section 6)", async () => {
    const kid = kidOf(decodeBase64(PUBLIC_KEY));
    expect(encodeBase64((await provider.keys.getPublic(kid)).toRaw())).toBe(PUBLIC_KEY);
    const secret = await provider.agreement.agree({
      key: kid,
      algorithm: "X25519",
      peer: { publicKey: PublicKey.fromRaw("X25519", decodeBase64(PEER)) },
    });
    expect(Buffer.from(secret).toString("hex")).toBe(RAW_SECRET);
    // What the device gives for `alg` SHA2-256 is the hash of this secret.
    expect(createHash("sha256").update(secret).digest("base64")).toBe("jZ3ycFpCQ39tPphCMo34M4+7nq1js0utpkbkXvSgaBE=");
  });
});

describe("keys that only their URI is known of, in a process that has just started", () => {
  const CASES = [
    [
      "sign with the algorithm of another curve",
      "secp256k1",
      ["sign"],
      (fresh: EncedoProvider, key: string) => fresh.signer.sign({ key, algorithm: "ES256", message: utf8("text") }),
    ],
    [
      "sign with a key that was not made for it",
      "P-256",
      ["agree"],
      (fresh: EncedoProvider, key: string) => fresh.signer.sign({ key, algorithm: "ES256", message: utf8("text") }),
    ],
    [
      "sign with a key that can't sign at all",
      "AES-256",
      ["encrypt"],
      (fresh: EncedoProvider, key: string) => fresh.signer.sign({ key, algorithm: "Ed25519", message: utf8("text") }),
    ],
    [
      "sign with another parameter set of ML-DSA",
      "ML-DSA-44",
      ["sign"],
      (fresh: EncedoProvider, key: string) => fresh.signer.sign({ key, algorithm: "ML-DSA-65", message: utf8("text") }),
    ],
    [
      "verify with another curve's algorithm",
      "P-384",
      ["verify"],
      (fresh: EncedoProvider, key: string) =>
        fresh.verifier.verify({ key, algorithm: "ES256", message: utf8("text"), signature: new Uint8Array(64) }),
    ],
    [
      "make a MAC with a key of another hash of the same length",
      "HMAC-SHA3-256",
      ["mac"],
      (fresh: EncedoProvider, key: string) => fresh.mac.mac({ key, algorithm: "HS256", message: utf8("text") }),
    ],
    [
      "encrypt for a shorter key with the first bytes of a longer one",
      "AES-256",
      ["encrypt"],
      (fresh: EncedoProvider, key: string) =>
        fresh.cipher.encrypt({ key, algorithm: "A128GCM", plaintext: utf8("text") }),
    ],
    [
      "agree where the secret would be cut",
      "P-384",
      ["derive"],
      (fresh: EncedoProvider, key: string) => fresh.agreement.agree({ key, algorithm: "ECDH", peer: { key } }),
    ],
    [
      "encapsulate to another parameter set",
      "ML-KEM-512",
      ["encapsulate"],
      (fresh: EncedoProvider, key: string) => fresh.kem.encapsulate({ key, algorithm: "ML-KEM-768" }),
    ],
  ] as const;
  for (const [what, keyType, usages, call] of CASES) {
    test(`${what}: not permitted`, async () => {
      const { uri } = await provider.keys.create({ keyType, usages, label: "fresh" });
      const fresh = await device.open();
      expect((await rejection(call(fresh, uri))).code).toBe("UsageNotPermitted");
      expect((await rejection(call(fresh, uri))).code).toMatch(/UsageNotPermitted|UnsupportedCapability/);
    });
  }

  test("ECDSA with a free choice of hash, on every curve", async () => {
    for (const keyType of ["P-256", "P-384", "P-521", "secp256k1"] as const) {
      const { uri } = await provider.keys.create({ keyType, usages: ["sign", "verify"], label: "free" });
      for (const algorithm of ["ECDSA-SHA-256", "ECDSA-SHA-384", "ECDSA-SHA-512"] as const) {
        const fresh = await device.open();
        const message = utf8("text");
        const { signature } = await fresh.signer.sign({ key: uri, algorithm, message, format: "der" });
        expect(await fresh.verifier.verify({ key: uri, algorithm, message, signature, format: "der" })).toBe(true);
      }
    }
  });

  test("a peer of P-256 is not taken for one of secp256k1, whose points look alike", async () => {
    const { uri } = await provider.keys.create({ keyType: "secp256k1", usages: ["agree", "derive"], label: "k1" });
    const { uri: other } = await provider.keys.create({ keyType: "P-256", usages: ["agree"], label: "r1" });
    const publicKey = await provider.keys.getPublic(other);
    for (const by of [provider, await device.open()]) {
      const agreeing = by.agreement.agree({ key: uri, algorithm: "ECDH", peer: { publicKey } });
      expect((await rejection(agreeing)).code).toBe("InvalidRequest");
      const request = { kind: "ecdh", key: uri, keyType: "AES-256", usages: ["encrypt"], label: "mixed" } as const;
      expect((await rejection(by.keys.derive({ ...request, peer: { publicKey } }))).code).toMatch(
        /InvalidRequest|Unsupp/,
      );
    }
  });
});

describe("limits of the device", () => {
  test("a message of 2,048 bytes is signed, one of 2,049 and an empty one are refused without a request", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "limits" });
    const sign = (length: number): Promise<unknown> =>
      provider.signer.sign({ key: uri, algorithm: "Ed25519", message: new Uint8Array(length) });
    await sign(2048);
    device.emulator.requests.reset();
    for (const length of [0, 2049]) expect((await rejection(sign(length))).code).toBe("LimitExceeded");
    expect(device.emulator.requests.counters.requests).toBe(0);
  });

  test("a digest is refused with what to do instead", async () => {
    const { uri } = await provider.keys.create({ keyType: "secp256k1", usages: ["sign"], label: "digest" });
    device.emulator.requests.reset();
    const error = await rejection(provider.signer.sign({ key: uri, algorithm: "ES256K", digest: new Uint8Array(32) }));
    expect(error).toMatchObject({ code: "UnsupportedCapability" });
    expect(error.message).toMatch(/Keccak-256.*Ethereum/);
    expect(device.emulator.requests.counters.requests).toBe(0);
  });

  test("the largest requests of every kind fit into the 7,300 bytes the device reads", async () => {
    const message = new Uint8Array(2048).fill(0x5a);
    const dsa = await provider.keys.create({ keyType: "ML-DSA-87", usages: ["sign", "verify"], label: "large" });
    const context = new Uint8Array(255).fill(1);
    const { signature } = await provider.signer.sign({ key: dsa.uri, algorithm: "ML-DSA-87", message, context });
    const verifying = { key: dsa.uri, algorithm: "ML-DSA-87", message, context, signature } as const;
    expect(await provider.verifier.verify(verifying)).toBe(true);
    const aes = await provider.keys.create({ keyType: "AES-256", usages: ["encrypt", "wrap"], label: "large" });
    for (const algorithm of ["A256GCM", "A256CBC"] as const) {
      const encrypted = await provider.cipher.encrypt({ key: aes.uri, algorithm, plaintext: message });
      expect(encrypted.iv).toHaveLength(16);
      expect(await provider.cipher.decrypt({ key: aes.uri, algorithm, ...encrypted })).toEqual(message);
    }
    const plaintext = message.subarray(0, 2040);
    const wrapped = await provider.keyWrap.wrap({ key: aes.uri, algorithm: "A256KW", plaintext });
    expect(await provider.keyWrap.unwrap({ key: aes.uri, algorithm: "A256KW", wrapped })).toEqual(plaintext);
  });
});

describe("with every oddity of the hardware switched off", () => {
  test("the adapter works as well: it depends on none of them", async () => {
    await using plain = await startDevice({
      quirks: Object.fromEntries(
        (await import("@keyrail/emulator-encedo")).QUIRK_NAMES.map((name) => [name, false] as const),
      ),
    });
    const by = await plain.open();
    const { uri } = await by.keys.create(
      { keyType: "P-256", usages: ["sign", "agree"], label: "plain", description: "text" },
      { idempotencyKey: "plain" },
    );
    await by.signer.sign({ key: uri, algorithm: "ES256", message: utf8("text") });
    await by.agreement.agree({ key: uri, algorithm: "ECDH", peer: { key: uri } });
    expect(await by.catalog.rename({ key: uri, label: "renamed" })).toMatchObject({ description: "text" });
    expect((await (await plain.open()).catalog.get(uri)).label).toBe("renamed");
    await by.catalog.remove(uri);
  });
});

import { createCipheriv, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { AgreementAlgorithm, KeyType, Usage } from "@keyrail/core";
import { ABILITIES } from "../src/capabilities/abilities.ts";
import { bytes, openMemory, rejection, required, STORES } from "./support/stores.ts";

const AGREEING = ["P-256", "P-384", "P-521", "secp256k1", "stark", "X25519", "X448"] as const;
const KEMS = ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const;
const MACS = [
  ["HMAC-SHA-256", "HS256", "sha256"],
  ["HMAC-SHA-384", "HS384", "sha384"],
  ["HMAC-SHA-512", "HS512", "sha512"],
  ["HMAC-SHA3-256", "HMAC-SHA3-256", "sha3-256"],
  ["HMAC-SHA3-384", "HMAC-SHA3-384", "sha3-384"],
  ["HMAC-SHA3-512", "HMAC-SHA3-512", "sha3-512"],
] as const;
const AES = [128, 192, 256] as const;
const ENGINES = [undefined, "noble"] as const;

describe.each(ENGINES)("engine %s", (engine) => {
  const options = engine === undefined ? {} : { engine };

  test.each(AGREEING)("agrees: %s", async (keyType) => {
    const provider = await openMemory(options);
    const { agreement } = provider;
    const [algorithm] = ABILITIES[keyType].agreement;
    const request = { keyType, usages: ["agree"], label: "agree" } as const;
    const own = await provider.keys.create(request);
    const peer = await provider.keys.create(request);
    const name: AgreementAlgorithm = required(algorithm);
    const secret = await required(agreement).agree({
      key: own.uri,
      algorithm: name,
      peer: { publicKey: required(peer.publicKey) },
    });
    expect(await required(agreement).agree({ key: peer.uri, algorithm: name, peer: { key: own.uri } })).toEqual(secret);
    const other = await provider.keys.create({ ...request, keyType: keyType === "P-256" ? "P-384" : "P-256" });
    await rejection(
      required(agreement).agree({ key: own.uri, algorithm: name, peer: { publicKey: required(other.publicKey) } }),
      "InvalidRequest",
    );
  });

  test.each(KEMS)("encapsulates: %s", async (keyType) => {
    const provider = await openMemory(options);
    const kem = required(provider.kem);
    const record = await provider.keys.create({ keyType, usages: ["encapsulate"], label: "kem" });
    const publicOnly = await provider.keys.import({
      kind: "public",
      publicKey: required(record.publicKey),
      usages: ["encapsulate"],
      label: "public half",
    });
    const { ciphertext, sharedSecret } = await kem.encapsulate({ key: publicOnly.uri, algorithm: keyType });
    expect(await kem.decapsulate({ key: record.uri, algorithm: keyType, ciphertext })).toEqual(sharedSecret);
    ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
    expect(await kem.decapsulate({ key: record.uri, algorithm: keyType, ciphertext })).not.toEqual(sharedSecret);
    await rejection(
      kem.decapsulate({ key: record.uri, algorithm: keyType, ciphertext: ciphertext.subarray(1) }),
      "InvalidRequest",
    );
    await rejection(kem.decapsulate({ key: publicOnly.uri, algorithm: keyType, ciphertext }), "UnsupportedCapability");
    using handle = await required(provider.opener).open(record.uri);
    const again = handle.encapsulate({ algorithm: keyType });
    expect(handle.decapsulate({ algorithm: keyType, ciphertext: again.ciphertext })).toEqual(again.sharedSecret);
  });

  test.each(MACS)("makes and checks MACs: %s", async (keyType, algorithm, hash) => {
    const provider = await openMemory(options);
    const mac = required(provider.mac);
    const secret = bytes("a secret of no particular length");
    const { uri: key } = await provider.keys.import({ kind: "secret", keyType, secret, usages: ["mac"], label: "mac" });
    const message = bytes("message");
    const tag = await mac.mac({ key, algorithm, message });
    expect(Buffer.from(tag).equals(createHmac(hash, secret).update(message).digest())).toBe(true);
    expect(await mac.verifyMac({ key, algorithm, message, tag })).toBe(true);
    expect(await mac.verifyMac({ key, algorithm, message, tag: tag.subarray(0, 16) })).toBe(true);
    expect(await mac.verifyMac({ key, algorithm, message, tag: tag.subarray(1, 17) })).toBe(false);
    await rejection(mac.verifyMac({ key, algorithm, message, tag: tag.subarray(0, 15) }), "LimitExceeded");
    using handle = await required(provider.opener).open(key);
    expect(handle.mac({ algorithm, message })).toEqual(tag);
    expect(handle.verifyMac({ algorithm, message, tag })).toBe(true);
  });

  test.each(AES)("encrypts and wraps: AES-%i", async (bits) => {
    const provider = await openMemory(options);
    const cipher = required(provider.cipher);
    const keyType = `AES-${bits}` as const;
    const secret = new Uint8Array(bits / 8).fill(3);
    const { uri: key } = await provider.keys.import({
      kind: "secret",
      keyType,
      secret,
      usages: ["encrypt", "wrap"],
      label: "aes",
    });
    const plaintext = bytes("plaintext of more than one block");
    const additionalData = bytes("context");
    const gcm = `A${bits}GCM` as const;
    const sealed = await cipher.encrypt({ key, algorithm: gcm, plaintext, additionalData });
    const reference = createCipheriv(`aes-${bits}-gcm`, secret, sealed.iv).setAAD(additionalData);
    expect(Buffer.from(sealed.ciphertext).equals(reference.update(plaintext))).toBe(true);
    expect(Buffer.from(await cipher.decrypt({ key, algorithm: gcm, ...sealed, additionalData }))).toEqual(
      Buffer.from(plaintext),
    );
    const failure = await rejection(cipher.decrypt({ key, algorithm: gcm, ...sealed }), "DecryptionFailed");
    const cbc = `A${bits}CBC` as const;
    const padded = await cipher.encrypt({ key, algorithm: cbc, plaintext });
    expect(padded).not.toHaveProperty("tag");
    expect(Buffer.from(await cipher.decrypt({ key, algorithm: cbc, ...padded }))).toEqual(Buffer.from(plaintext));
    const torn = { ...padded, ciphertext: padded.ciphertext.subarray(0, 16) };
    expect((await rejection(cipher.decrypt({ key, algorithm: cbc, ...torn }), "DecryptionFailed")).message).toBe(
      failure.message,
    );
    const keyWrap = required(provider.keyWrap);
    for (const algorithm of [`A${bits}KW`, `A${bits}KWP`] as const) {
      const wrapped = await keyWrap.wrap({ key, algorithm, plaintext: secret });
      expect(Buffer.from(await keyWrap.unwrap({ key, algorithm, wrapped })).equals(secret)).toBe(true);
      wrapped[3] = (wrapped[3] ?? 0) ^ 4;
      await rejection(keyWrap.unwrap({ key, algorithm, wrapped }), "DecryptionFailed");
    }
    using handle = await required(provider.opener).open(key);
    const short = handle.encrypt({ algorithm: gcm, plaintext });
    expect(Buffer.from(handle.decrypt({ algorithm: gcm, ...short }))).toEqual(Buffer.from(plaintext));
  });
});

describe.each(STORES)("%s store: usages and handles", (_name, openStore) => {
  test("a key does what its usages say and nothing else, also through a handle", async () => {
    const provider = await openStore();
    const { uri: key } = await provider.keys.create({ keyType: "P-256", usages: ["verify"], label: "verifier" });
    const message = bytes("m");
    await rejection(required(provider.signer).sign({ key, algorithm: "ES256", message }), "UsageNotPermitted");
    await rejection(required(provider.agreement).agree({ key, algorithm: "ECDH", peer: { key } }), "UsageNotPermitted");
    using handle = await required(provider.opener).open(key);
    expect(() => handle.sign({ algorithm: "ES256", message })).toThrowError(
      expect.objectContaining({ code: "UsageNotPermitted" }),
    );
  });

  test("a key restricted to algorithms refuses the others", async () => {
    const provider = await openStore();
    const request = {
      keyType: "secp256k1",
      usages: ["sign", "verify", "derive"],
      algorithms: ["BIP340"],
      label: "taproot",
    } as const;
    const { uri: key } = await provider.keys.create(request);
    const message = bytes("m");
    await required(provider.signer).sign({ key, algorithm: "BIP340", message });
    await rejection(required(provider.signer).sign({ key, algorithm: "ES256K", message }), "UsageNotPermitted");
    await rejection(
      provider.keys.derive({ kind: "ecdh", key, peer: { key }, keyType: "AES-128", usages: ["encrypt"], label: "d" }),
      "UsageNotPermitted",
    );
    using handle = await required(provider.opener).open(key);
    expect(() => handle.sign({ algorithm: "ES256K", message })).toThrowError(
      expect.objectContaining({ code: "UsageNotPermitted" }),
    );
  });

  test("a handle outlives the cache, and ends with its key", async () => {
    const provider = await openStore();
    const request = { keyType: "HMAC-SHA-256", usages: ["mac"], label: "mac" } as const;
    const first = await provider.keys.create(request);
    const handle = await required(provider.opener).open(first.uri);
    const mac = handle.mac({ algorithm: "HS256", message: bytes("m") });
    expect(await required(provider.mac).mac({ key: first.uri, algorithm: "HS256", message: bytes("m") })).toEqual(mac);
    await required(provider.catalog).remove(first.uri);
    expect(() => handle.mac({ algorithm: "HS256", message: bytes("m") })).toThrowError(
      expect.objectContaining({ code: "Closed" }),
    );
    await rejection(
      required(provider.mac).mac({ key: first.uri, algorithm: "HS256", message: bytes("m") }),
      "KeyNotFound",
    );
    handle.close();
    const second = await required(provider.opener).open((await provider.keys.create(request)).uri);
    await provider.close();
    expect(() => second.mac({ algorithm: "HS256", message: bytes("m") })).toThrowError(
      expect.objectContaining({ code: "Closed" }),
    );
  });
});

test("a cache smaller than a key still works", async () => {
  const provider = await openMemory({ cacheBytes: 0 });
  const uris: string[] = [];
  const keyTypes: readonly KeyType[] = ["P-256", "Ed25519", "ML-DSA-44", "secp256k1"];
  const usages: readonly Usage[] = ["sign", "verify"];
  for (const keyType of keyTypes) uris.push((await provider.keys.create({ keyType, usages, label: keyType })).uri);
  const message = bytes("m");
  const algorithms = ["ES256", "Ed25519", "ML-DSA-44", "ES256K"] as const;
  for (let round = 0; round < 3; round++) {
    const signatures = await Promise.all(
      uris.map((key, index) =>
        required(provider.signer).sign({ key, algorithm: required(algorithms[index]), message }),
      ),
    );
    for (const [index, { signature }] of signatures.entries()) {
      const request = { key: required(uris[index]), algorithm: required(algorithms[index]), message, signature };
      expect(await required(provider.verifier).verify(request)).toBe(true);
    }
  }
});

test("large inputs give what small ones would, in pieces", async () => {
  const provider = await openMemory();
  const message = new Uint8Array(3 * 1024 * 1024 + 5).fill(7);
  const secret = new Uint8Array(32).fill(1);
  const usage = { kind: "secret", secret, label: "large" } as const;
  const { uri: macKey } = await provider.keys.import({ ...usage, keyType: "HMAC-SHA-256", usages: ["mac"] });
  const tag = await required(provider.mac).mac({ key: macKey, algorithm: "HS256", message });
  expect(Buffer.from(tag).equals(createHmac("sha256", secret).update(message).digest())).toBe(true);
  expect(await required(provider.mac).verifyMac({ key: macKey, algorithm: "HS256", message, tag })).toBe(true);
  const { uri: key } = await provider.keys.import({ ...usage, keyType: "AES-256", usages: ["encrypt"] });
  for (const algorithm of ["A256GCM", "A256CBC"] as const) {
    const sealed = await required(provider.cipher).encrypt({ key, algorithm, plaintext: message });
    const opened = await required(provider.cipher).decrypt({ key, algorithm, ...sealed });
    expect(Buffer.compare(opened, message)).toBe(0);
  }
});

describe.each(STORES)("%s store, import", (_name, openStore) => {
  test("takes the secret as it was at the call: the caller may wipe it at once", async () => {
    const provider = await openStore();
    const secret = new Uint8Array(32).fill(1);
    const importing = provider.keys.import({
      kind: "secret",
      keyType: "HMAC-SHA-256",
      secret,
      usages: ["mac"],
      label: "s",
    });
    secret.fill(0);
    const { uri: key } = await importing;
    const tag = await required(provider.mac).mac({ key, algorithm: "HS256", message: bytes("m") });
    const expected = createHmac("sha256", new Uint8Array(32).fill(1)).update("m").digest();
    expect(Buffer.from(tag).equals(expected)).toBe(true);
  });

  test("takes a private key and its chain code as they were at the call", async () => {
    const provider = await openStore();
    const [seed, chainCode] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const request = {
      kind: "private",
      hierarchical: "SLIP10",
      usages: ["sign", "verify", "derive"],
      label: "m",
    } as const;
    const importKey = (key: Uint8Array, chain: Uint8Array): ReturnType<typeof provider.keys.import> =>
      provider.keys.import({
        ...request,
        privateKey: { keyType: "Ed25519", format: "seed", bytes: key, chainCode: chain },
      });
    const importing = importKey(seed, chainCode);
    seed.fill(0);
    chainCode.fill(0);
    const child = { kind: "hd", path: "m/0'", usages: ["sign", "verify"], label: "c" } as const;
    const actual = await provider.keys.derive({ ...child, key: (await importing).uri });
    const expected = await importKey(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2));
    const same = await provider.keys.derive({ ...child, key: expected.uri });
    expect(actual.publicKey?.toRaw()).toEqual(same.publicKey?.toRaw());
  });
});

describe.each(STORES)("%s store, closed under running calls", (_name, openStore) => {
  test("they end with their answer or as Closed, never as a defect", async () => {
    const provider = await openStore();
    await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "first" });
    const listing = required(provider.catalog).list({ pageSize: 1 })[Symbol.asyncIterator]();
    await listing.next();
    const request = { keyType: "P-384", usages: ["sign"], label: "late" } as const;
    const calls = Array.from({ length: 8 }, () => provider.keys.create(request));
    const [ended] = await Promise.all([Promise.allSettled(calls), provider.close()]);
    const refused = ended.filter((outcome) => outcome.status === "rejected").map(({ reason }): unknown => reason);
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toMatchObject({ code: "Closed" });
  });

  test("a listing that goes on after it ends as Closed", async () => {
    const provider = await openStore();
    for (const label of ["a", "b", "c"]) await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label });
    const goOn = async (): Promise<number> => {
      let met = 0;
      for await (const _ of required(provider.catalog).list({ pageSize: 1 })) {
        met++;
        await provider.close();
      }
      return met;
    };
    // What a memory store has is gone by then: the listing just ends.
    if (provider.uri.endsWith(":memory:")) expect(await goOn()).toBe(1);
    else await rejection(goOn(), "Closed");
  });
});

describe("opened keys", () => {
  const m = bytes("m");
  const REFUSED: readonly (readonly [method: string, path: string, request: unknown])[] = [
    ["sign", "request", undefined],
    ["sign", "request", null],
    ["sign", "message", { algorithm: "Ed25519", message: "text" }],
    ["sign", "message", { algorithm: "Ed25519", message: transferred() }],
    ["verify", "request", undefined],
    ["verify", "message", { algorithm: "Ed25519", message: "text", signature: m }],
    ["verify", "signature", { algorithm: "Ed25519", message: m }],
    ["verify", "signature", { algorithm: "Ed25519", message: m, signature: "text" }],
    ["mac", "request", undefined],
    ["mac", "message", { algorithm: "HS256", message: "text" }],
    ["verifyMac", "tag", { algorithm: "HS256", message: m, tag: "text" }],
    ["encrypt", "plaintext", { algorithm: "A256GCM", plaintext: "text" }],
    ["encrypt", "additionalData", { algorithm: "A256GCM", plaintext: m, additionalData: "text" }],
    ["decrypt", "iv", { algorithm: "A256GCM", ciphertext: m }],
    ["encapsulate", "request", null],
    ["decapsulate", "ciphertext", { algorithm: "ML-KEM-512", ciphertext: "text" }],
  ];

  test.each(REFUSED)("%s refuses a request that is not right in %s", async (method, path, request) => {
    const provider = await openMemory();
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign", "verify"], label: "k" });
    using key = await required(provider.opener).open(uri);
    const found: unknown = Reflect.get(key, method);
    const call = async (): Promise<unknown> => {
      if (typeof found !== "function") throw new Error(`no method ${method}`);
      const result: unknown = Reflect.apply(found, key, [request]);
      return result;
    };
    const error = await rejection(call(), "InvalidRequest");
    expect(error.context.path).toBe(path);
  });
});

function transferred(): Uint8Array {
  const sent = new Uint8Array(4);
  structuredClone(sent, { transfer: [sent.buffer] });
  return sent;
}

/** Keys in and out, for every kind that can: the same key before and after. */

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type PrivateKeyMaterial, type Provider, PublicKey } from "@keyrail/core";
import { openPrivateKey, openPublicKey, prepareEngines, sign, verify } from "@keyrail/crypto";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openOn, present, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator;
let provider: Provider;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await openOn(emulator, { exportContract: true });
  await prepareEngines("stark");
  await prepareEngines("secp256k1");
});
afterAll(async () => {
  await provider.close();
  await emulator.close();
});
afterEach(() => emulator.faults.clear());

function scalar(keyType: "secp256k1" | "stark"): PrivateKeyMaterial {
  const bytes = randomBytes(32);
  // Below either order.
  bytes[0] = 3;
  return { keyType, format: "scalar", bytes };
}

function seed(): PrivateKeyMaterial {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return { keyType: "Ed25519", format: "seed", bytes: Buffer.from(jwk.d ?? "", "base64url") };
}

/** Signers that the emulator does not have. */
function strangers(): object[] {
  return Array.from({ length: 5 }, () => {
    const point = PublicKey.fromTrustedRaw("secp256k1", openPrivateKey(scalar("secp256k1")).publicKey).toCompressed();
    return {
      signerId: randomBytes(32).toString("base64"),
      encryptionKey: Buffer.concat([Uint8Array.of(1), point]).toString("base64"),
    };
  });
}

const KINDS = [
  { name: "secp256k1 ECDSA", make: () => scalar("secp256k1"), algorithm: "ECDSA" },
  { name: "secp256k1 Schnorr", make: () => scalar("secp256k1"), algorithm: "BIP341", algorithms: ["BIP341"] },
  { name: "stark", make: () => scalar("stark"), algorithm: "ECDSA" },
  { name: "Ed25519 seed", make: seed, algorithm: "Ed25519" },
] as const;

describe.each(KINDS)("$name", (kind) => {
  const restriction = "algorithms" in kind ? { algorithms: kind.algorithms } : {};

  it("comes in, signs, and comes out as the same key", async () => {
    const privateKey = kind.make();
    const own = openPrivateKey(privateKey);
    const before = Uint8Array.from(privateKey.bytes);
    const record = await provider.keys.import({
      kind: "private",
      privateKey,
      usages: ["sign"],
      label: kind.name,
      ...restriction,
    });
    // The caller's bytes are the caller's.
    expect(Uint8Array.from(privateKey.bytes)).toEqual(before);
    expect(record).toMatchObject({ origin: "imported", extractable: true });
    expect((await provider.keys.getPublic(record.uri)).toRaw()).toEqual(own.publicKey);
    const input = kind.algorithm === "Ed25519" ? { message: randomBytes(12) } : { digest: randomBytes(32) };
    const { signature } = await present(provider.signer).sign({ key: record.uri, algorithm: kind.algorithm, ...input });
    expect(verify(own, { algorithm: kind.algorithm, ...input, signature })).toBe(true);

    const out = await present(provider.keyExport).export(record.uri);
    if (out.kind !== "private") throw new Error("not a private key");
    const back = openPrivateKey(out.privateKey);
    expect(back.publicKey).toEqual(own.publicKey);
    if (kind.algorithm === "Ed25519") {
      // Never the seed: an expanded key, the same at every export, that signs.
      expect(out.privateKey.format).toBe("expanded");
      const again = await present(provider.keyExport).export(record.uri);
      expect(again).toEqual(out);
      const made = sign(back, { algorithm: "Ed25519", ...input });
      const opened = openPublicKey("Ed25519", own.publicKey);
      expect(verify(opened, { algorithm: "Ed25519", ...input, signature: made.signature })).toBe(true);
    } else {
      expect(out.privateKey.bytes).toEqual(Uint8Array.from(privateKey.bytes));
    }
    expect((await present(provider.catalog).get(record.uri)).vendor).toMatchObject({ exported: true });
  });

  it("comes in as a master and goes out with its chain code", async () => {
    const chainCode = randomBytes(32);
    const material = kind.make();
    const scheme = { secp256k1: "BIP32", stark: "STARK-HD", Ed25519: "EDWARDS-HD" } as const;
    const keyType = material.keyType === "stark" ? "stark" : material.keyType === "Ed25519" ? "Ed25519" : "secp256k1";
    const master = await provider.keys.import({
      kind: "private",
      privateKey: { ...material, chainCode },
      hierarchical: scheme[keyType],
      usages: ["sign", "derive"],
      label: "master",
      ...restriction,
    });
    expect(master.hierarchical).toEqual({ scheme: scheme[keyType], master: true });
    const out = await present(provider.keyExport).export(master.uri);
    if (out.kind !== "private") throw new Error("not a private key");
    expect(out.privateKey.chainCode).toEqual(Uint8Array.from(chainCode));
    const child = await provider.keys.derive({
      kind: "hd",
      key: master.uri,
      path: "m/1/2",
      usages: ["sign"],
      label: "child",
    });
    expect(child.algorithms).toEqual(master.algorithms);
    const sibling = provider.keys.derive({ kind: "hd", key: child.uri, path: "m/1", usages: ["sign"], label: "" });
    await expect(sibling).rejects.toMatchObject({ code: "UsageNotPermitted" });
  });
});

describe("paths", () => {
  it.each(["m/0'", "m/0h", "m/2147483648", "m/01"])("%s is refused without a request", async (path) => {
    const master = await provider.keys.create({
      keyType: "Ed25519",
      hierarchical: "EDWARDS-HD",
      usages: ["sign", "derive"],
      label: "m",
    });
    emulator.counters.reset();
    await expect(
      provider.keys.derive({ kind: "hd", key: master.uri, path, usages: ["sign"], label: "" }),
    ).rejects.toMatchObject({ code: "InvalidRequest" });
    expect(emulator.counters.values().requests).toBe(0);
  });
});

describe("what is not the key's", () => {
  it("an import answered with another public key is told, and not used", async () => {
    const other = await provider.keys.create({ keyType: "secp256k1", usages: ["sign"], label: "other" });
    const body = JSON.stringify({ ...other.vendor, id: "key-zzzzz" });
    emulator.faults.add({
      match: { operation: "ImportKey" },
      action: { kind: "respond", when: "after", status: 200, bodyBase64: btoa(body) },
    });
    await expect(
      provider.keys.import({ kind: "private", privateKey: scalar("secp256k1"), usages: ["sign"], label: "" }),
    ).rejects.toMatchObject({ code: "UnexpectedResponse", retry: "unknown-outcome" });
  });

  it("a DH key is not exported, and asked for nothing", async () => {
    const { uri } = await provider.keys.create({
      keyType: "secp256k1",
      usages: ["derive"],
      label: "dh",
      algorithms: ["GLOW20"],
    });
    emulator.counters.reset();
    await expect(present(provider.keyExport).export(uri)).rejects.toMatchObject({ code: "NotExtractable" });
    expect(emulator.counters.values().requests).toBe(0);
  });

  it("without the contract there is no export port, and explain says why", async () => {
    await using plain = await openOn(emulator);
    expect(plain.keyExport).toBeUndefined();
    expect(plain.explain({ operation: "export", keyType: "secp256k1" })).toMatchObject({
      supported: false,
      nearest: expect.stringContaining("exportContract"),
    });
  });

  it("signers are read anew after an import was refused for them", async () => {
    const stale = JSON.stringify({ clusters: [{ signers: strangers() }] });
    await using fresh = await openOn(emulator);
    emulator.faults.add({
      match: { operation: "ListSigners" },
      action: { kind: "respond", when: "before", status: 200, bodyBase64: btoa(stale) },
    });
    const request = { kind: "private", privateKey: scalar("secp256k1"), usages: ["sign"], label: "signers" } as const;
    await expect(fresh.keys.import(request)).rejects.toMatchObject({ code: "OperationRefused" });
    expect(await fresh.keys.import(request)).toMatchObject({ origin: "imported" });
  });

  it("signers that can't be trusted to be distinct stop an import", async () => {
    const point = PublicKey.fromTrustedRaw("secp256k1", openPrivateKey(scalar("secp256k1")).publicKey).toCompressed();
    const signer = {
      signerId: btoa("same"),
      encryptionKey: Buffer.concat([Uint8Array.of(1), point]).toString("base64"),
    };
    const answers = [
      { clusters: [] },
      { clusters: [{ signers: [] }] },
      { clusters: [{ signers: [signer, signer, signer] }] },
      { clusters: [{ signers: [{ ...signer, encryptionKey: "AQID" }, signer, signer] }] },
      { clusters: [{ signers: [{ ...signer, signerId: "***" }, signer, signer] }] },
    ];
    for (const answer of answers) {
      await using own = await openOn(emulator);
      emulator.faults.add({
        match: { operation: "ListSigners" },
        action: { kind: "respond", when: "before", status: 200, bodyBase64: btoa(JSON.stringify(answer)) },
      });
      await expect(
        own.keys.import({ kind: "private", privateKey: scalar("stark"), usages: ["sign"], label: "" }),
      ).rejects.toMatchObject({ code: "UnexpectedResponse" });
    }
  });
});

describe("a key that Dfns has already", () => {
  it("is named by the refusal, and said to be in the way for good once it is archived", async () => {
    const request = { kind: "private", privateKey: seed(), usages: ["sign"], label: "twice" } as const;
    const first = await provider.keys.import(request);
    await expect(provider.keys.import(request)).rejects.toMatchObject({
      code: "KeyExists",
      context: { key: first.uri },
      message: expect.stringContaining("Use it") as unknown,
    });
    await present(provider.catalog).remove(first.uri);
    for (const options of [{}, { idempotencyKey: "again" }]) {
      await expect(provider.keys.import(request, options)).rejects.toMatchObject({
        code: "KeyExists",
        retry: "never",
        context: { key: first.uri },
        message: expect.stringContaining("archived") as unknown,
      });
    }
  });

  it("is named when it is the child at a path", async () => {
    const { uri } = await provider.keys.create({
      keyType: "Ed25519",
      usages: ["sign", "derive"],
      label: "parent",
      hierarchical: "EDWARDS-HD",
    });
    const request = { kind: "hd", key: uri, path: "m/3", usages: ["sign"], label: "child" } as const;
    const child = await provider.keys.derive(request);
    const refused = { code: "KeyExists", retry: "never", context: { key: child.uri } };
    await expect(provider.keys.derive(request)).rejects.toMatchObject(refused);
    await present(provider.catalog).remove(child.uri);
    await expect(provider.keys.derive(request)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("archived") as unknown,
    });
  });
});

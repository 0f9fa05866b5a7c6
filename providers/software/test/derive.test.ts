import { createHash, hkdfSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type KeyRecord, KEY_TYPES, type PrivateKeyMaterial } from "@keyrail/core";
import { loadHd } from "@keyrail/crypto";
import { DERIVED_KEY_BYTES, usagesOf } from "../src/capabilities/abilities.ts";
import type { SoftwareProvider } from "../src/index.ts";
import { bytes, openMemory, rejection, required, STORES } from "./support/stores.ts";

const TARGETS = KEY_TYPES.filter((keyType) => DERIVED_KEY_BYTES[keyType] !== undefined);
const AGREEING = [
  ["P-256", "ECDH"],
  ["P-521", "ECDH"],
  ["secp256k1", "ECDH"],
  ["stark", "ECDH"],
  ["X25519", "X25519"],
  ["X448", "X448"],
] as const;

async function secretOf(provider: SoftwareProvider, record: KeyRecord): Promise<Uint8Array> {
  const exported = await required(provider.keyExport).export(record.uri);
  return exported.kind === "secret" ? exported.secret : exported.privateKey.bytes;
}

async function materialOf(provider: SoftwareProvider, record: KeyRecord): Promise<PrivateKeyMaterial> {
  const exported = await required(provider.keyExport).export(record.uri);
  if (exported.kind !== "private") throw new Error("A private key was expected.");
  return exported.privateKey;
}

describe.each(AGREEING)("%s", (keyType, algorithm) => {
  test("agrees into a stored key that can be recomputed", async () => {
    const provider = await openMemory();
    const request = { keyType, usages: ["agree", "derive"], label: "own" } as const;
    const own = await provider.keys.create(request);
    const peer = await provider.keys.create(request);
    const secret = await required(provider.agreement).agree({ key: own.uri, algorithm, peer: { key: peer.uri } });
    const salt = bytes("salt");
    const info = bytes("info");
    const derivation = {
      kind: "ecdh",
      key: own.uri,
      peer: { publicKey: required(peer.publicKey) },
      salt,
      info,
    } as const;
    for (const target of TARGETS) {
      const attributes = {
        usages: usagesOf(target).filter((usage) => usage !== "derive"),
        label: target,
        extractable: true,
      };
      const record = await provider.keys.derive({ ...derivation, ...attributes, keyType: target });
      expect(record).toMatchObject({ keyType: target, origin: "derived" });
      const expected = hkdfSync("sha256", secret, salt, info, required(DERIVED_KEY_BYTES[target]));
      expect(new Uint8Array(await secretOf(provider, record))).toEqual(new Uint8Array(expected));
    }
    await rejection(
      provider.keys.derive({ ...derivation, keyType: "P-256", usages: ["sign"], label: "no scalar" }),
      "UnsupportedCapability",
    );
    await rejection(
      provider.keys.derive({
        ...derivation,
        salt: new Uint8Array(1025),
        keyType: "AES-128",
        usages: ["encrypt"],
        label: "s",
      }),
      "LimitExceeded",
    );
  });
});

const SCHEMES = [
  ["BIP32", "secp256k1", "m/44'/60'/0'/0/7"],
  ["SLIP10", "secp256k1", "m/44'/60'/0'/0/7"],
  ["SLIP10", "P-256", "m/1'/2/3"],
  ["SLIP10", "Ed25519", "m/44'/501'/0'"],
  ["SLIP10", "X25519", "m/1'/2'"],
  ["EDWARDS-HD", "Ed25519", "m/1/2/3"],
  ["STARK-HD", "stark", "m/1/2/3"],
] as const;

describe.each(STORES)("%s store", (_name, openStore) => {
  test.each(SCHEMES)("derives HD children: %s on %s at %s", async (scheme, keyType, path) => {
    const provider = await openStore();
    const usages = keyType === "X25519" ? (["agree", "derive"] as const) : (["sign", "verify", "derive"] as const);
    const master = await provider.keys.create({
      keyType,
      usages,
      label: "master",
      hierarchical: scheme,
      extractable: true,
    });
    expect(master.hierarchical).toEqual({ scheme, master: true });
    const leafUsages = usages.filter((usage) => usage !== "derive");
    const child = await provider.keys.derive({
      kind: "hd",
      key: master.uri,
      path,
      usages: leafUsages,
      label: "leaf",
      extractable: true,
    });
    expect(child.hierarchical).toEqual({ scheme, master: false, path, parent: master.uri });
    expect(await materialOf(provider, child)).not.toHaveProperty("chainCode");

    // The same child by way of an intermediate key.
    const [, first, ...rest] = path.split("/");
    const step = await provider.keys.derive({ kind: "hd", key: master.uri, path: `m/${first}`, usages, label: "step" });
    expect(step.hierarchical).toEqual({ scheme, master: true, path: `m/${first}`, parent: master.uri });
    const again = await provider.keys.derive({
      kind: "hd",
      key: step.uri,
      path: `m/${rest.join("/")}`,
      usages: leafUsages,
      label: "leaf",
    });
    expect(again.hierarchical).toEqual({ scheme, master: false, path, parent: master.uri });
    expect(required(again.publicKey).equals(required(child.publicKey))).toBe(true);

    // What the master's own material says, where it is a scalar or a seed.
    const { bytes: privateKey, chainCode } = await materialOf(provider, master);
    if (scheme !== "EDWARDS-HD") {
      const hd = await loadHd();
      const expected = hd.derivePrivate(scheme, { keyType, privateKey, chainCode: required(chainCode) }, path);
      expect((await materialOf(provider, child)).bytes).toEqual(expected.privateKey);
    } else {
      const hd = await loadHd();
      const parent = { keyType, publicKey: required(master.publicKey).toRaw(), chainCode: required(chainCode) };
      expect(required(child.publicKey).toRaw()).toEqual(hd.derivePublic(scheme, parent, path).publicKey);
    }
    if (keyType === "X25519") return;
    const algorithm = ({ secp256k1: "ES256K", "P-256": "ES256", Ed25519: "Ed25519", stark: "ECDSA" } as const)[keyType];
    const input =
      algorithm === "ECDSA" ? { digest: createHash("sha256").update("m").digest() } : { message: bytes("m") };
    const { signature } = await required(provider.signer).sign({ key: child.uri, algorithm, ...input });
    expect(await required(provider.verifier).verify({ key: child.uri, algorithm, ...input, signature })).toBe(true);
  });

  test("imports a master with its chain code and derives the same children", async () => {
    const provider = await openStore();
    const master = await provider.keys.create({
      keyType: "secp256k1",
      usages: ["derive"],
      label: "master",
      hierarchical: "BIP32",
      extractable: true,
    });
    const privateKey = await materialOf(provider, master);
    const copy = await provider.keys.import({
      kind: "private",
      privateKey,
      usages: ["derive"],
      label: "copy",
      hierarchical: "BIP32",
    });
    const derivation = { kind: "hd", path: "m/0'/1", usages: ["sign"], label: "child" } as const;
    const children = [
      await provider.keys.derive({ ...derivation, key: master.uri }),
      await provider.keys.derive({ ...derivation, key: copy.uri }),
    ];
    expect(required(children[0]?.publicKey).equals(required(children[1]?.publicKey))).toBe(true);
  });

  test("refuses what has no children, and paths a scheme does not have", async () => {
    const provider = await openStore();
    const plain = await provider.keys.create({ keyType: "secp256k1", usages: ["sign", "derive"], label: "plain" });
    const derivation = { kind: "hd", usages: ["sign"], label: "child" } as const;
    await rejection(provider.keys.derive({ ...derivation, key: plain.uri, path: "m/0" }), "UnsupportedCapability");
    const slip = await provider.keys.create({
      keyType: "Ed25519",
      usages: ["derive"],
      label: "m",
      hierarchical: "SLIP10",
    });
    await rejection(provider.keys.derive({ ...derivation, key: slip.uri, path: "m/0" }), "InvalidRequest");
    await rejection(
      provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "no derive", hierarchical: "SLIP10" }),
      "InvalidRequest",
    );
    await rejection(
      provider.keys.create({ keyType: "Ed25519", usages: ["derive"], label: "no scheme" }),
      "InvalidRequest",
    );
    await rejection(
      provider.keys.create({ keyType: "P-384", usages: ["derive"], label: "no scheme", hierarchical: "BIP32" }),
      "UnsupportedCapability",
    );
  });

  test("derives deterministic outputs", async () => {
    const provider = await openStore();
    const { uri: key } = await provider.keys.create({ keyType: "secp256k1", usages: ["derive"], label: "glow" });
    const derivation = required(provider.deterministicDerivation);
    const request = { key, algorithm: "GLOW20", domain: bytes("domain"), seed: bytes("seed") } as const;
    const output = await derivation.deriveOutput(request);
    expect(output).toHaveLength(32);
    expect(await derivation.deriveOutput(request)).toEqual(output);
    expect(await derivation.deriveOutput({ ...request, seed: bytes("other") })).not.toEqual(output);
  });
});

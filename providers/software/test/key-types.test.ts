import { describe, expect, test } from "vitest";
import {
  ASYMMETRIC_KEY_TYPES,
  type CreateRequest,
  type ImportRequest,
  KEY_TYPES,
  type KeyRecord,
  type KeyType,
} from "@keyrail/core";
import { SOFTWARE_CAPABILITIES, type SoftwareProvider } from "../src/index.ts";
import { openFile, openMemory, rejection, required, STORES, storePath } from "./support/stores.ts";

function usagesFor(keyType: KeyType): CreateRequest["usages"] {
  const row = SOFTWARE_CAPABILITIES.rows.find((each) => each.operation === "create" && each.keyTypes.includes(keyType));
  return (row?.usages?.[0] ?? []).filter((usage) => usage !== "derive");
}

function createRequest(keyType: KeyType, more: Partial<CreateRequest> = {}): CreateRequest {
  return { keyType, usages: usagesFor(keyType), label: `a ${keyType} key`, ...more };
}

async function importRequestOf(provider: SoftwareProvider, record: KeyRecord): Promise<ImportRequest> {
  const exported = await required(provider.keyExport).export(record.uri);
  const attributes = { usages: record.usages, label: "imported", extractable: true };
  return exported.kind === "secret"
    ? { kind: "secret", keyType: exported.keyType, secret: exported.secret, ...attributes }
    : { kind: "private", privateKey: exported.privateKey, ...attributes };
}

describe.each(STORES)("%s store", (_name, openStore) => {
  test.each(KEY_TYPES)("creates a key of every type: %s", async (keyType) => {
    const provider = await openStore();
    const record = await provider.keys.create(createRequest(keyType));
    expect(record).toMatchObject({
      uri: `${provider.uri}/${record.id}`,
      keyType,
      custody: "software",
      origin: "generated",
      extractable: false,
      label: `a ${keyType} key`,
    });
    await rejection(required(provider.keyExport).export(record.uri), "NotExtractable");
    const asymmetric: readonly KeyType[] = ASYMMETRIC_KEY_TYPES;
    if (asymmetric.includes(keyType)) {
      expect(record.half).toBe("private");
      expect((await provider.keys.getPublic(record.uri)).equals(required(record.publicKey))).toBe(true);
    } else {
      expect(record.half).toBe("secret");
      await rejection(provider.keys.getPublic(record.uri), "UnsupportedCapability");
    }
  });

  test.each(KEY_TYPES)("imports what it exports: %s", async (keyType) => {
    const provider = await openStore();
    const record = await provider.keys.create(createRequest(keyType, { extractable: true }));
    const request = await importRequestOf(provider, record);
    const imported = await provider.keys.import(request);
    expect(imported).toMatchObject({ keyType, origin: "imported", half: record.half });
    expect(await importRequestOf(provider, imported)).toEqual(request);
    if (record.publicKey === undefined) return;
    expect(required(imported.publicKey).equals(record.publicKey)).toBe(true);
    const usages = record.usages.filter((usage) => usage !== "sign");
    const publicOnly = await provider.keys.import({
      kind: "public",
      publicKey: record.publicKey,
      usages,
      label: "public",
    });
    expect(publicOnly).toMatchObject({ keyType, half: "public", extractable: false });
    await rejection(required(provider.keyExport).export(publicOnly.uri), "UnsupportedCapability");
  });
});

describe("private key formats", () => {
  const expandable = [
    "ML-KEM-512",
    "ML-KEM-768",
    "ML-KEM-1024",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "Ed25519",
  ] as const;
  test.each(expandable)("refuses an expanded %s key of zeros", async (keyType) => {
    const provider = await openMemory();
    const row = SOFTWARE_CAPABILITIES.rows.find(
      (each) => each.operation === "import:private" && each.keyTypes.includes(keyType),
    );
    expect(row?.privateFormats).toContain("expanded");
    const length = {
      "ML-KEM-512": 1632,
      "ML-KEM-768": 2400,
      "ML-KEM-1024": 3168,
      "ML-DSA-44": 2560,
      "ML-DSA-65": 4032,
      "ML-DSA-87": 4896,
      Ed25519: 64,
    }[keyType];
    await rejection(
      provider.keys.import({
        kind: "private",
        privateKey: { keyType, format: "expanded", bytes: new Uint8Array(length) },
        usages: usagesFor(keyType),
        label: "zeros",
      }),
      "InvalidKeyMaterial",
    );
    expect(await Array.fromAsync(required(provider.catalog).list())).toEqual([]);
  });

  test("refuses scalars out of range and secrets of a wrong length", async () => {
    const provider = await openMemory();
    for (const fill of [0, 0xff]) {
      await rejection(
        provider.keys.import({
          kind: "private",
          privateKey: { keyType: "P-256", format: "scalar", bytes: new Uint8Array(32).fill(fill) },
          usages: ["sign"],
          label: "out of range",
        }),
        "InvalidKeyMaterial",
      );
    }
    const secret = { kind: "secret", keyType: "AES-256", usages: ["encrypt"], label: "short" } as const;
    await rejection(provider.keys.import({ ...secret, secret: new Uint8Array(31) }), "LimitExceeded");
  });

  test("the caller's bytes stay the caller's: they are neither kept nor wiped", async () => {
    const provider = await openMemory();
    const given = Buffer.alloc(32, 9);
    const privateKey = { keyType: "secp256k1", format: "scalar", bytes: given } as const;
    const record = await provider.keys.import({
      kind: "private",
      privateKey,
      usages: ["sign"],
      label: "copied",
      extractable: true,
    });
    expect(given.every((byte) => byte === 9)).toBe(true);
    given.fill(0);
    const exported = await required(provider.keyExport).export(record.uri);
    if (exported.kind !== "private") throw new Error("A private key was expected.");
    expect(exported.privateKey.bytes).toEqual(new Uint8Array(32).fill(9));
    exported.privateKey.bytes.fill(0);
    const again = await required(provider.keyExport).export(record.uri);
    expect(again.kind === "private" && again.privateKey.bytes[0]).toBe(9);
  });
});

test("reopening gives the same keys, whatever their type", async () => {
  const path = storePath();
  const first = await openFile(path);
  const made = new Map<string, readonly [KeyRecord, ImportRequest]>();
  for (const keyType of KEY_TYPES) {
    const record = await first.keys.create(createRequest(keyType, { extractable: true, description: "kept" }));
    made.set(record.id, [record, await importRequestOf(first, record)]);
  }
  await first.close();
  const second = await openFile(path);
  const listed = await Array.fromAsync(required(second.catalog).list());
  expect(listed.map(({ id }) => id)).toEqual([...made.keys()]);
  for (const record of listed) {
    const [before, request] = required(made.get(record.id));
    expect(JSON.parse(JSON.stringify(record))).toEqual(JSON.parse(JSON.stringify(before)));
    expect(await importRequestOf(second, record)).toEqual(request);
  }
});

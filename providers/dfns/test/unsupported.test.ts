/** What Dfns can't do is refused with the nearest thing that works, and nothing is sent. */

import { generateKeyPairSync } from "node:crypto";
import { isKeyrailError, KEY_TYPES, type KeyType, type Provider, PublicKey, SIGNATURE_ALGORITHMS } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openOn, present, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator;
let provider: Provider;
const keys = new Map<string, string>();

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await openOn(emulator);
  const create = async (name: string, keyType: KeyType, algorithms?: readonly ["BIP341"]): Promise<void> => {
    const record = await provider.keys.create({
      keyType,
      usages: ["sign"],
      label: name,
      ...(algorithms === undefined ? {} : { algorithms }),
    });
    keys.set(name, record.uri);
  };
  await create("secp256k1", "secp256k1");
  await create("Schnorr", "secp256k1", ["BIP341"]);
  await create("stark", "stark");
  await create("Ed25519", "Ed25519");
});
beforeEach(() => emulator.counters.reset());
afterAll(async () => {
  await provider.close();
  await emulator.close();
});

/** Refused with words and without a request. */
async function expectUnsupported(
  call: () => Promise<unknown>,
  codes: readonly string[] = ["UnsupportedCapability"],
): Promise<void> {
  const error: unknown = await call().catch((thrown: unknown) => thrown);
  if (!isKeyrailError(error)) throw new Error("not refused", { cause: error });
  expect(codes).toContain(error.code);
  expect(emulator.counters.values().requests).toBe(0);
  if (isKeyrailError(error, "UnsupportedCapability")) expect(error.context.nearest).toMatch(/\w+/);
}

const HELD: readonly KeyType[] = ["secp256k1", "stark", "Ed25519"];

it.each(KEY_TYPES.filter((keyType) => !HELD.includes(keyType)))("no %s keys", (keyType) =>
  expectUnsupported(() => provider.keys.create({ keyType, usages: ["sign"], label: "" })),
);

it("no P-256 private key, no public key, no secret key comes in", async () => {
  const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  const bytes = Buffer.from(jwk.d ?? "", "base64url");
  const publicKey = PublicKey.fromJwk({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y });
  const rest = { usages: ["sign"], label: "" } as const;
  await expectUnsupported(() =>
    provider.keys.import({ kind: "private", privateKey: { keyType: "P-256", format: "scalar", bytes }, ...rest }),
  );
  await expectUnsupported(() => provider.keys.import({ kind: "public", publicKey, ...rest }));
  await expectUnsupported(() =>
    provider.keys.import({ kind: "secret", keyType: "AES-256", secret: bytes, usages: ["encrypt"], label: "" }),
  );
});

it("a key can't be restricted to a part of what Dfns' kind of key does", () =>
  expectUnsupported(() =>
    provider.keys.create({ keyType: "secp256k1", usages: ["sign"], label: "", algorithms: ["ES256K"] }),
  ));

it.each([...SIGNATURE_ALGORITHMS])("%s where the key or Dfns does not have it", async (algorithm) => {
  const works: Readonly<Record<string, readonly string[]>> = {
    secp256k1: ["ES256K", "ECDSA"],
    Schnorr: ["BIP341"],
    stark: ["ECDSA"],
    Ed25519: ["Ed25519"],
  };
  for (const [name, key] of keys) {
    if (works[name]?.includes(algorithm) === true) continue;
    const input =
      algorithm.startsWith("Ed") || algorithm.startsWith("ML")
        ? { message: new Uint8Array(3) }
        : { digest: new Uint8Array(32) };
    const context = algorithm === "Ed25519ctx" ? { context: new Uint8Array(3) } : {};
    await expectUnsupported(
      () => present(provider.signer).sign({ key, algorithm, ...input, ...context }),
      ["UnsupportedCapability", "UsageNotPermitted"],
    );
  }
});

it("a master of a scheme that Dfns does not have: the one it has is named", () => {
  const asked = {
    operation: "create",
    keyType: "Ed25519",
    usages: ["sign", "derive"],
    hierarchical: "SLIP10",
  } as const;
  expect(provider.explain(asked)).toMatchObject({
    supported: false,
    reason: expect.stringContaining("SLIP10"),
    nearest: expect.stringContaining("EDWARDS-HD"),
  });
});

it("digests of another length than 32 bytes", async () => {
  for (const length of [20, 31, 33, 48]) {
    await expectUnsupported(
      () =>
        present(provider.signer).sign({
          key: present(keys.get("secp256k1")),
          algorithm: "ECDSA",
          digest: new Uint8Array(length),
        }),
      ["LimitExceeded"],
    );
  }
});

it("ports that Dfns does not have are missing", () => {
  for (const port of ["verifier", "agreement", "mac", "cipher", "keyWrap", "kem", "opener"] as const) {
    expect(provider[port]).toBeUndefined();
  }
});

/** Every row of the scheme matrix, through the provider, against the emulator. */

import { createHash, randomBytes } from "node:crypto";
import type { Provider } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { all, openOn, present, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator;
let provider: Provider;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await openOn(emulator);
});
afterAll(async () => {
  await provider.close();
  await emulator.close();
});

const digest = createHash("sha256").update("message").digest();

describe("create, sign, list", () => {
  it("an Ed25519 key", async () => {
    const record = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "first" });
    expect(record).toMatchObject({
      keyType: "Ed25519",
      label: "first",
      custody: "mpc",
      origin: "generated",
      usages: ["sign"],
    });
    expect(record.uri).toBe(`${provider.uri}/${record.id}`);
    const message = randomBytes(33);
    const { signature } = await present(provider.signer).sign({ key: record.uri, algorithm: "Ed25519", message });
    expect(signature).toHaveLength(64);
    const listed = await all(present(provider.catalog).list());
    expect(listed.map(({ uri }) => uri)).toContain(record.uri);
  });

  it("a secp256k1 key for ECDSA", async () => {
    const record = await provider.keys.create({ keyType: "secp256k1", usages: ["sign"], label: "ethereum" });
    expect(record.algorithms).toEqual(["ES256K", "ECDSA"]);
    const signer = present(provider.signer);
    const signed = await signer.sign({ key: record.uri, algorithm: "ECDSA", digest, recoverable: true });
    expect(signed.recoveryId).toBeLessThan(2);
    const der = await signer.sign({ key: record.uri, algorithm: "ES256K", message: digest, format: "der" });
    expect(der.signature[0]).toBe(0x30);
  });

  it("a Schnorr key", async () => {
    const record = await provider.keys.create({
      keyType: "secp256k1",
      usages: ["sign"],
      label: "taproot",
      algorithms: ["BIP341"],
    });
    const signed = await present(provider.signer).sign({ key: record.uri, algorithm: "BIP341", digest });
    expect(signed.outputKey).toHaveLength(32);
  });

  it("a stark key", async () => {
    const record = await provider.keys.create({ keyType: "stark", usages: ["sign"], label: "starknet" });
    const { signature } = await present(provider.signer).sign({
      key: record.uri,
      algorithm: "ECDSA",
      digest,
      lowS: true,
    });
    expect(signature).toHaveLength(64);
  });

  it("a DH key", async () => {
    const record = await provider.keys.create({
      keyType: "secp256k1",
      usages: ["derive"],
      label: "dh",
      algorithms: ["GLOW20"],
    });
    const derivation = present(provider.deterministicDerivation);
    const request = {
      key: record.uri,
      algorithm: "GLOW20",
      domain: Buffer.from("domain"),
      seed: Buffer.from("seed"),
    } as const;
    const output = await derivation.deriveOutput(request);
    expect(output).toHaveLength(32);
    expect(await derivation.deriveOutput(request)).toEqual(output);
  });
});

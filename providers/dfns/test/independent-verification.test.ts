/** Signatures by Dfns keys, checked by software that is not ours. */

import { createHash, randomBytes } from "node:crypto";
import type { Provider } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { schnorr } from "@noble/curves/secp256k1.js";
import nacl from "tweetnacl";
import {
  hashMessage,
  keccak256,
  parseGwei,
  recoverMessageAddress,
  recoverTransactionAddress,
  serializeTransaction,
} from "viem";
import { publicKeyToAddress } from "viem/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOn, present, startEmulator } from "./support/opened.ts";

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

const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;

/** Signs a Keccak-256 digest as Ethereum wants it. */
async function ethereumSignature(key: string, digest: `0x${string}`) {
  const signed = await present(provider.signer).sign({
    key,
    algorithm: "ECDSA",
    digest: Buffer.from(digest.slice(2), "hex"),
    recoverable: true,
  });
  const yParity = present(signed.recoveryId);
  return { r: hex(signed.signature.subarray(0, 32)), s: hex(signed.signature.subarray(32)), yParity };
}

describe("Ethereum, by viem", () => {
  it("a transaction and an EIP-191 message recover to the key's address", async () => {
    const { uri } = await provider.keys.create({ keyType: "secp256k1", usages: ["sign"], label: "ethereum" });
    const address = publicKeyToAddress(hex((await provider.keys.getPublic(uri)).toRaw()));
    for (let nonce = 0; nonce < 8; nonce++) {
      const transaction = {
        type: "eip1559",
        chainId: 1,
        nonce,
        to: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        value: 1_000_000_000_000_000_000n,
        gas: 21_000n,
        maxFeePerGas: parseGwei("20"),
        maxPriorityFeePerGas: parseGwei("2"),
      } as const;
      const signature = await ethereumSignature(uri, keccak256(serializeTransaction(transaction)));
      const serializedTransaction = serializeTransaction(transaction, signature);
      expect(await recoverTransactionAddress({ serializedTransaction })).toBe(address);
      const message = `message ${nonce}`;
      expect(
        await recoverMessageAddress({ message, signature: await ethereumSignature(uri, hashMessage(message)) }),
      ).toBe(address);
    }
  });
});

describe("Solana, by tweetnacl", () => {
  it("a transaction message verifies", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "solana" });
    const publicKey = (await provider.keys.getPublic(uri)).toRaw();
    // A legacy message: header, three accounts, blockhash, one system transfer of one lamport.
    const transfer = Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])]);
    const message = Buffer.concat([
      Buffer.from([1, 0, 1, 3]),
      publicKey,
      randomBytes(32),
      Buffer.alloc(32),
      randomBytes(32),
      Buffer.from([1, 2, 2, 0, 1, transfer.length]),
      transfer,
    ]);
    const { signature } = await present(provider.signer).sign({ key: uri, algorithm: "Ed25519", message });
    expect(nacl.sign.detached.verify(message, signature, publicKey)).toBe(true);
  });
});

describe("Bitcoin Taproot, by noble", () => {
  const tagged = (tag: string, ...parts: Uint8Array[]): Buffer => {
    const name = createHash("sha256").update(tag).digest();
    return createHash("sha256")
      .update(Buffer.concat([name, name, ...parts]))
      .digest();
  };

  it.each([
    ["no script tree", undefined],
    ["a script tree", randomBytes(32)],
  ])("a key-path spend hash, %s", async (_name, merkleRoot) => {
    const { uri } = await provider.keys.create({
      keyType: "secp256k1",
      usages: ["sign"],
      label: "taproot",
      algorithms: ["BIP341"],
    });
    const internal = (await provider.keys.getPublic(uri)).toXOnly();
    // TapSighash (BIP-341) over a message that a wallet would assemble.
    const digest = tagged("TapSighash", Buffer.from([0, 0]), randomBytes(174));
    const { signature, outputKey } = await present(provider.signer).sign({
      key: uri,
      algorithm: "BIP341",
      digest,
      ...(merkleRoot === undefined ? {} : { merkleRoot }),
    });
    const tweak = BigInt(hex(tagged("TapTweak", internal, ...(merkleRoot === undefined ? [] : [merkleRoot]))));
    const { Point, lift_x: liftX, pointToBytes } = { Point: schnorr.Point, ...schnorr.utils };
    const expected = pointToBytes(liftX(BigInt(hex(internal))).add(Point.BASE.multiply(tweak)));
    expect(present(outputKey)).toEqual(expected);
    expect(schnorr.verify(signature, digest, expected)).toBe(true);
    expect(schnorr.verify(signature, digest, internal)).toBe(false);
  });
});

/**
 * Chain formats, judged by the chains' own libraries and bytes: viem for Evm, Solana's format for Solana, the digests of
 * Bitcoin's inputs for PSBTs.
 */

import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { ed25519 } from "@noble/curves/ed25519.js";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { p2pkh, p2tr, p2wpkh, Transaction } from "@scure/btc-signer";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Hex,
  isHex,
  recoverTransactionAddress,
  recoverTypedDataAddress,
  serializeTransaction,
  type TransactionSerializable,
  type TransactionSerialized,
} from "viem";
import { publicKeyToAddress, recoverAuthorizationAddress } from "viem/utils";
import { z } from "zod";
import { ApiClient, type CreatedKey, errorOf } from "./support/api-client.ts";

let emulator: DfnsEmulator;
let client: ApiClient;
let evm: CreatedKey;
let ed: CreatedKey;
let address: Hex;

beforeAll(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
  client = new ApiClient(emulator);
  evm = await client.createKey({ scheme: "ECDSA", curve: "secp256k1" });
  ed = await client.createKey({ scheme: "EdDSA", curve: "ed25519" });
  address = publicKeyToAddress(`0x${secp256k1.Point.fromHex(evm.publicKey).toHex(false)}`);
});
afterAll(async () => {
  client.close();
  await emulator.close();
});

const hexText = z.custom<Hex>((value) => isHex(value));
const answerSchema = z.looseObject({
  status: z.literal("Signed"),
  signature: z.object({
    r: hexText,
    s: hexText,
    recid: z.union([z.literal(0), z.literal(1)]).optional(),
    encoded: hexText,
  }),
  signedData: hexText.optional(),
});
const sign = async (key: CreatedKey, body: object): Promise<z.infer<typeof answerSchema>> =>
  answerSchema.parse(await client.must("POST", `/keys/${key.id}/signatures`, body));
const refusal = async (key: CreatedKey, body: object): Promise<{ status: number; message: string }> =>
  errorOf(await client.call("POST", `/keys/${key.id}/signatures`, body));

const to = "0xdf90dea0e0bf5ca6d2a7f0cb86874ba6714f463e";

describe("Evm", () => {
  const transactions: readonly TransactionSerializable[] = [
    {
      type: "eip1559",
      chainId: 11155111,
      nonce: 3,
      maxFeePerGas: 10n,
      maxPriorityFeePerGas: 1n,
      gas: 21000n,
      to,
      value: 5n,
    },
    { type: "eip1559", chainId: 1, nonce: 0, maxFeePerGas: 9n, maxPriorityFeePerGas: 9n, gas: 90000n, data: "0x6000" },
    { type: "eip2930", chainId: 1, nonce: 1, gasPrice: 1n, gas: 21000n, to, accessList: [] },
    { type: "legacy", chainId: 1, nonce: 1, gasPrice: 1n, gas: 21000n, to },
    { type: "legacy", nonce: 1, gasPrice: 1n, gas: 21000n, to, value: 1n },
  ];

  test.for(transactions)("a $type transaction comes back signed by the key", async (transaction) => {
    const unsigned = serializeTransaction(transaction);
    const { signature, signedData } = await sign(evm, {
      kind: "Transaction",
      transaction: unsigned,
      network: "EthereumSepolia",
    });
    expect(await recoverTransactionAddress({ serializedTransaction: signedData as TransactionSerialized })).toBe(
      address,
    );
    expect(signedData).toContain(signature.r.replace(/^0x0*/, ""));
    expect(signature.encoded.slice(-2)).toBe(signature.recid === 1 ? "1c" : "1b");
  });

  const typed = {
    types: {
      Person: [
        { name: "name", type: "string" },
        { name: "wallet", type: "address" },
      ],
      Mail: [
        { name: "from", type: "Person" },
        { name: "to", type: "Person[]" },
        { name: "amount", type: "uint256" },
        { name: "changes", type: "int8[]" },
        { name: "tag", type: "bytes32" },
        { name: "final", type: "bool" },
      ],
    },
    domain: { name: "Ether Mail", version: "1", chainId: 1, verifyingContract: to },
    message: {
      from: { name: "a", wallet: to },
      to: [{ name: "b", wallet: to }],
      amount: "115792089237316195423570985008687907853269984665640564039457584007913129639935",
      changes: [1, -1],
      tag: `0x${"ab".repeat(32)}`,
      final: true,
    },
  } as const;

  test("typed data are signed as viem hashes them, JSON numbers included", async () => {
    const { signature } = await sign(evm, { kind: "Eip712", ...typed });
    const { amount, changes } = typed.message;
    const message = { ...typed.message, amount: BigInt(amount), changes };
    const recovered = await recoverTypedDataAddress({
      ...typed,
      message,
      primaryType: "Mail",
      signature: signature.encoded,
    });
    expect(recovered).toBe(address);
  });

  test("property: any typed data of any domain are signed as viem hashes them", async () => {
    const hexBytes = (length?: number): fc.Arbitrary<Hex> =>
      fc
        .uint8Array(length === undefined ? { maxLength: 70 } : { minLength: length, maxLength: length })
        .map((bytes): Hex => `0x${Buffer.from(bytes).toString("hex")}`);
    const text = fc.string({ unit: "grapheme", maxLength: 20 });
    const types = {
      Leaf: [
        { name: "text", type: "string" },
        { name: "some", type: "bytes3" },
      ],
      Tree: [
        { name: "leaves", type: "Leaf[][2]" },
        { name: "bytes", type: "bytes" },
        { name: "small", type: "int16" },
        { name: "large", type: "int256" },
        { name: "who", type: "address[]" },
      ],
    } as const;
    const leaves = fc.array(fc.record({ text, some: hexBytes(3) }), { maxLength: 2 });
    const message = fc.record({
      leaves: fc.tuple(leaves, leaves),
      bytes: hexBytes(),
      small: fc.integer({ min: -32768, max: 32767 }),
      large: fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n - 1n }),
      who: fc.array(hexBytes(20), { maxLength: 2 }),
    });
    // viem leaves an empty version out of the domain's type.
    const version = text.filter((value) => value !== "");
    const domain = fc.record(
      { name: text, version, chainId: fc.nat(), verifyingContract: hexBytes(20), salt: hexBytes(32) },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(domain, message, async (domain, message) => {
        const sent = { ...message, large: message.large.toString() };
        const { signature } = await sign(evm, { kind: "Eip712", types, domain, message: sent });
        const recovered = await recoverTypedDataAddress({
          types,
          domain,
          message,
          primaryType: "Tree",
          signature: signature.encoded,
        });
        expect(recovered).toBe(address);
      }),
      { seed: 712, numRuns: 40 },
    );
  });

  test("an authorization names its authority", async () => {
    const request = { address: to, nonce: 7, chainId: 1 } as const;
    const { signature } = await sign(evm, { kind: "Eip7702", ...request, blockchainKind: "Evm" });
    const { r, s, recid = 0 } = signature;
    expect(await recoverAuthorizationAddress({ authorization: { ...request, r, s, yParity: recid } })).toBe(address);
  });

  test("what is malformed, not emulated, or for another key: 400, before an approval is asked for", async () => {
    const transaction = serializeTransaction(transactions[0] ?? {});
    const { signedData } = await sign(evm, { kind: "Transaction", transaction, network: "Ethereum" });
    emulator.policies.add({ action: "RequestApproval" });
    const bodies: readonly (readonly [CreatedKey, object])[] = [
      [evm, { kind: "Transaction", transaction }],
      [evm, { kind: "Transaction", transaction, network: "Bitcoin" }],
      [evm, { kind: "Transaction", transaction: signedData, network: "Ethereum" }],
      [evm, { kind: "Transaction", transaction: "0x02c0", network: "Ethereum" }],
      [evm, { kind: "Transaction", transaction: "0x", network: "Ethereum" }],
      [evm, { kind: "Transaction", transaction: { to }, network: "Ethereum" }],
      [ed, { kind: "Transaction", transaction, network: "Ethereum" }],
      [evm, { kind: "Transaction", transaction, network: "Ethereum", more: 1 }],
      [ed, { kind: "Eip712", ...typed }],
      [evm, { kind: "Eip712", ...typed, network: "Solana" }],
      [evm, { kind: "Eip712", ...typed, message: { from: 1 } }],
      [evm, { kind: "Eip712", ...typed, types: {} }],
      [evm, { kind: "Eip712", ...typed, types: { ...typed.types, Other: [{ name: "x", type: "bool" }] } }],
      [evm, { kind: "Eip712", ...typed, message: { ...typed.message, amount: 1e300 } }],
      [evm, { kind: "Eip712", ...typed, message: { ...typed.message, amount: -1 } }],
      [evm, { kind: "Eip712", ...typed, message: { ...typed.message, changes: [128] } }],
      [evm, { kind: "Eip712", ...typed, message: { ...typed.message, tag: "0xab" } }],
      [evm, { kind: "Eip712", ...typed, message: { ...typed.message, final: "yes" } }],
      [evm, { kind: "Eip712", ...typed, message: { ...typed.message, more: 1 } }],
      [evm, { kind: "Eip712", ...typed, types: { Loop: [{ name: "self", type: "Loop" }] }, message: {} }],
      [evm, { kind: "Eip7702", address: "0x12", nonce: 0, chainId: 1 }],
      [ed, { kind: "Eip7702", address: to, nonce: 0, chainId: 1 }],
    ];
    for (const [key, body] of bodies) expect({ body, ...(await refusal(key, body)) }).toMatchObject({ status: 400 });
    emulator.policies.clear();
  });
});

describe("Solana", () => {
  /** A transaction of these signers with one instruction-less message, legacy or versioned. */
  function transactionOf(signers: readonly Uint8Array[], versioned: boolean): { bytes: Buffer; message: Buffer } {
    const message = Buffer.concat([
      ...(versioned ? [Buffer.of(0x80)] : []),
      Buffer.of(signers.length, 0, 0, signers.length),
      ...signers,
      Buffer.alloc(32, 9),
      Buffer.of(0),
      ...(versioned ? [Buffer.of(0)] : []),
    ]);
    return { bytes: Buffer.concat([Buffer.of(signers.length), Buffer.alloc(64 * signers.length), message]), message };
  }

  test.for([
    [0, 1, false],
    [1, 2, true],
    [2, 3, false],
  ] as const)("signer %i of %i signs the message and gets its place", async ([place, count, versioned]) => {
    const own = Buffer.from(ed.publicKey, "hex");
    const signers = Array.from({ length: count }, (_, index) => (index === place ? own : Buffer.alloc(32, index + 1)));
    const { bytes, message } = transactionOf(signers, versioned);
    const body = { kind: "Transaction", transaction: `0x${bytes.toString("hex")}`, network: "SolanaDevnet" };
    const { signature, signedData = "0x" } = await sign(ed, body);
    const signed = Buffer.from(signedData.slice(2), "hex");
    const raw = signed.subarray(1 + 64 * place, 65 + 64 * place);
    expect(`0x${raw.toString("hex")}`).toBe(signature.encoded);
    expect(ed25519.verify(raw, message, own)).toBe(true);
    raw.fill(0);
    expect(signed.equals(bytes)).toBe(true);
  });

  test("other bytes are refused, whatever they are", async () => {
    const { bytes } = transactionOf([Buffer.alloc(32, 1)], false);
    const send = (transaction: Buffer): Promise<{ status: number }> =>
      refusal(ed, { kind: "Transaction", transaction: transaction.toString("hex"), blockchainKind: "Solana" });
    expect((await send(bytes)).status).toBe(400);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
        expect((await send(Buffer.from(noise))).status).toBe(400);
      }),
      { seed: 7, numRuns: 50 },
    );
  });
});

describe("Bitcoin", () => {
  const value = 100_000n;
  const previous = { txid: "11".repeat(32), index: 0 };

  /** A PSBT with one input for each script, and one output. */
  function psbtOf(inputs: readonly (readonly [script: Uint8Array, internalKey?: Uint8Array])[]): Transaction {
    const transaction = new Transaction();
    for (const [index, [script, tapInternalKey]] of inputs.entries()) {
      transaction.addInput({
        ...previous,
        index,
        witnessUtxo: { script, amount: value },
        ...(tapInternalKey === undefined ? {} : { tapInternalKey }),
      });
    }
    transaction.addOutput({ script: p2wpkh(Buffer.from(evm.publicKey, "hex")).script, amount: value / 2n });
    return transaction;
  }

  const psbtBody = (transaction: Transaction): object => ({
    kind: "Psbt",
    psbt: Buffer.from(transaction.toPSBT()).toString("hex"),
    network: "BitcoinTestnet3",
  });
  const strangerKey = secp256k1.getPublicKey(Buffer.alloc(32, 5));
  const psbtAnswer = z.looseObject({
    signatures: z.array(z.object({ r: hexText, s: hexText, encoded: hexText })),
    signedData: hexText,
  });

  test("a Schnorr key signs Taproot inputs of its own by the tweaked key", async () => {
    const key = await client.createKey({ scheme: "Schnorr", curve: "secp256k1" });
    const internal = Buffer.from(key.publicKey, "hex").subarray(1);
    const { script, tweakedPubkey } = p2tr(internal);
    const stranger = p2tr(strangerKey.subarray(1));
    const transaction = psbtOf([
      [script, internal],
      [stranger.script, strangerKey.subarray(1)],
    ]);
    const { signatures, signedData } = psbtAnswer.parse(
      await client.must("POST", `/keys/${key.id}/signatures`, psbtBody(transaction)),
    );
    expect(signatures).toHaveLength(1);
    const scripts = [script, stranger.script];
    const digest = transaction.preimageWitnessV1(0, scripts, 0, [value, value]);
    const raw = Buffer.from(signatures[0]?.encoded.slice(2) ?? "", "hex");
    expect(schnorr.verify(raw, digest, tweakedPubkey)).toBe(true);
    const signed = Transaction.fromPSBT(Buffer.from(signedData.slice(2), "hex"));
    expect(Buffer.from(signed.getInput(0).tapKeySig ?? []).equals(raw)).toBe(true);
    expect(signed.getInput(1).tapKeySig).toBeUndefined();
  });

  test("an ECDSA key signs its witness inputs, in DER, and the transaction is complete", async () => {
    const publicKey = Buffer.from(evm.publicKey, "hex");
    const { script } = p2wpkh(publicKey);
    const transaction = psbtOf([[script], [script]]);
    const { signatures, signedData } = psbtAnswer.parse(
      await client.must("POST", `/keys/${evm.id}/signatures`, psbtBody(transaction)),
    );
    expect(signatures).toHaveLength(2);
    const scriptCode = p2pkh(publicKey).script;
    for (const [index, { encoded }] of signatures.entries()) {
      const digest = transaction.preimageWitnessV0(index, scriptCode, 1, value);
      const der = Buffer.from(encoded.slice(2), "hex");
      expect(secp256k1.verify(der, digest, publicKey, { prehash: false, format: "der" })).toBe(true);
    }
    const signed = Transaction.fromPSBT(Buffer.from(signedData.slice(2), "hex"));
    signed.finalize();
    expect(signed.isFinal).toBe(true);
  });

  test("no PSBT, one without an input of the key's, or for another kind of key: 400", async () => {
    const stranger = psbtBody(psbtOf([[p2wpkh(strangerKey).script]]));
    for (const [key, body] of [
      [evm, stranger],
      [evm, { kind: "Psbt", psbt: "00" }],
      [evm, { ...stranger, network: "Ethereum" }],
      [ed, stranger],
    ] as const) {
      expect({ body, ...(await refusal(key, body)) }).toMatchObject({ status: 400 });
    }
  });
});

import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ApiClient, type CreatedKey, errorOf } from "./support/api-client.ts";

let emulator: DfnsEmulator;
let client: ApiClient;
let evm: CreatedKey;
let ed: CreatedKey;
let taproot: CreatedKey;
let stark: CreatedKey;

beforeAll(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
  client = new ApiClient(emulator);
  evm = await client.createKey({ scheme: "ECDSA", curve: "secp256k1" });
  ed = await client.createKey({ scheme: "EdDSA", curve: "ed25519" });
  taproot = await client.createKey({ scheme: "Schnorr", curve: "secp256k1" });
  stark = await client.createKey({ scheme: "ECDSA", curve: "stark" });
});
afterAll(async () => {
  client.close();
  await emulator.close();
});

const hash = "7f".repeat(32);
const sign = (key: CreatedKey, body: object): Promise<Record<string, unknown>> =>
  client.must("POST", `/keys/${key.id}/signatures`, body);
const refusal = async (key: CreatedKey, body: object): Promise<{ status: number; message: string; details: object }> =>
  errorOf(await client.call("POST", `/keys/${key.id}/signatures`, body));

/** Public key recovered from `encoded` (r || s || v, v 27 or 28) over a digest. */
function recover(signature: unknown, digest: Uint8Array): string {
  const { encoded, r, s, recid } = signature as { encoded: string; r: string; s: string; recid: number };
  expect(encoded).toBe(`0x${r.slice(2)}${s.slice(2)}${recid === 1 ? "1c" : "1b"}`);
  const bytes = Buffer.from(encoded.slice(2), "hex");
  const compact = secp256k1.Signature.fromBytes(bytes.subarray(0, 64), "compact");
  return compact
    .addRecoveryBit((bytes[64] ?? 0) - 27)
    .recoverPublicKey(digest)
    .toHex(true);
}

const personalMessage = (message: string): Uint8Array => {
  const bytes = Buffer.from(message);
  return keccak_256(Buffer.concat([Buffer.from(`\u0019Ethereum Signed Message:\n${bytes.length}`), bytes]));
};

describe("chain formats", () => {
  const message = "hello, világ";
  const hexMessage = `0x${Buffer.from(message).toString("hex")}`;

  test.for([
    { kind: "Eip191", message: hexMessage },
    { kind: "Eip191", message: hexMessage, network: "EthereumSepolia" },
    { kind: "Message", message: hexMessage, blockchainKind: "Evm" },
    { kind: "Message", message: hexMessage, network: "Polygon", blockchainKind: "Evm" },
  ])("personal message: %o", async (body) => {
    const { signature, ...rest } = await sign(evm, body);
    expect(recover(signature, personalMessage(message))).toBe(evm.publicKey);
    expect(rest["requestBody"]).toEqual(body);
    expect(rest["network"]).toBe("network" in body ? body.network : undefined);
  });

  test("the digest of a published personal message: the prefix counts bytes", () => {
    // EIP-191 digest of "hello world", as every wallet computes it.
    expect(Buffer.from(personalMessage("hello world")).toString("hex")).toBe(
      "d9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68",
    );
  });

  test("Hash with a hint has the chain's encoding, without one has none", async () => {
    const digest = Buffer.from(hash, "hex");
    for (const hint of [{ network: "Ethereum" }, { blockchainKind: "Evm" }, { network: "TronNile" }]) {
      expect(recover((await sign(evm, { kind: "Hash", hash, ...hint }))["signature"], digest)).toBe(evm.publicKey);
    }
    const solana = (await sign(ed, { kind: "Hash", hash, network: "Solana" }))["signature"] as Record<string, string>;
    expect(solana["encoded"]).toBe(`0x${solana["r"]?.slice(2) ?? ""}${solana["s"]?.slice(2) ?? ""}`);
    for (const [key, extra] of [
      [evm, {}],
      [ed, {}],
      [taproot, { taprootMerkleRoot: "0x" }],
    ] as const) {
      expect((await sign(key, { kind: "Hash", hash, ...extra }))["signature"]).not.toHaveProperty("encoded");
    }
  });

  test("a message of a mebibyte is signed", async () => {
    const message = Buffer.alloc(1_048_576, 7);
    const { signature } = await sign(ed, { kind: "Message", message: message.toString("hex") });
    const { r, s } = z.object({ r: z.string(), s: z.string() }).parse(signature);
    const raw = Buffer.from(r.slice(2) + s.slice(2), "hex");
    expect(ed25519.verify(raw, message, Buffer.from(ed.publicKey, "hex"))).toBe(true);
  });

  test("a Message with the hint of an EdDSA chain is signed as it is, and encoded", async () => {
    const message = "00ff10";
    for (const hint of [{ network: "SolanaDevnet" }, { blockchainKind: "Solana" }]) {
      const { signature } = await sign(ed, { kind: "Message", message, ...hint });
      const { r, s, encoded } = z.object({ r: z.string(), s: z.string(), encoded: z.string() }).parse(signature);
      expect(encoded).toBe(`0x${r.slice(2)}${s.slice(2)}`);
      const raw = Buffer.from(encoded.slice(2), "hex");
      expect(ed25519.verify(raw, Buffer.from(message, "hex"), Buffer.from(ed.publicKey, "hex"))).toBe(true);
    }
  });

  test("what is not emulated, or does not fit the key, is refused with 400", async () => {
    const kinds = [
      "Snip12",
      "Bip322",
      "SignDocDirect",
      "SignerPayload",
      "Cip8",
      "DfnsSmartAccountTransaction",
      "StellarFeeBumpTransaction",
    ];
    for (const kind of kinds) {
      expect(await refusal(evm, { kind, whatever: 1 })).toMatchObject({
        status: 400,
        message: expect.stringContaining(`${kind} are not emulated`),
      });
    }
    const message = "0x00";
    const unfit: readonly (readonly [CreatedKey, object])[] = [
      [evm, { kind: "Message", message }],
      [stark, { kind: "Message", message }],
      [taproot, { kind: "Message", message }],
      [ed, { kind: "Eip191", message }],
      [taproot, { kind: "Eip191", message }],
      [stark, { kind: "Message", message, blockchainKind: "Evm" }],
      [evm, { kind: "Eip191", message, network: "Solana" }],
      [evm, { kind: "Message", message, blockchainKind: "Solana" }],
      [ed, { kind: "Message", message, blockchainKind: "Evm" }],
      [evm, { kind: "Hash", hash, network: "Solana", blockchainKind: "Evm" }],
      [evm, { kind: "Hash", hash, taprootMerkleRoot: "" }],
      [ed, { kind: "Hash", hash, taprootMerkleRoot: "" }],
      [taproot, { kind: "Hash", hash }],
    ];
    for (const [key, body] of unfit) {
      expect({ body, ...(await refusal(key, body)) }).toMatchObject({ body, status: 400 });
    }
  });

  test("bodies out of form: 400", async () => {
    const bodies = [
      {},
      { kind: "Nothing" },
      { kind: "Hash" },
      { kind: "Hash", hash: "7f" },
      { kind: "Hash", hash: `${hash}00` },
      { kind: "Hash", hash: "zz".repeat(32) },
      { kind: "Hash", hash, network: "Moon" },
      { kind: "Hash", hash, blockchainKind: "evm" },
      { kind: "Hash", hash, externalId: "" },
      { kind: "Hash", hash, externalId: "x".repeat(51) },
      { kind: "Hash", hash, message: "00" },
      { kind: "Hash", hash, taprootMerkleRoot: "00" },
      { kind: "Message", message: "0" },
      { kind: "Message", message: "0xzz" },
    ];
    for (const body of bodies) expect({ body, ...(await refusal(ed, body)) }).toMatchObject({ body, status: 400 });
  });
});

describe("idempotency", () => {
  test("the same externalId, body and key give the same entity; anything else is a conflict", async () => {
    const body = { kind: "Hash", hash, externalId: "order-1" };
    const first = await sign(ed, body);
    expect(await sign(ed, { externalId: "order-1", hash, kind: "Hash" })).toEqual(first);
    const duplicate = { id: first["id"], externalId: "order-1" };
    const other = { kind: "Hash", hash: "00".repeat(32), externalId: "order-1" };
    expect(await refusal(ed, other)).toMatchObject({ status: 409, details: { duplicate } });
    expect(await refusal(evm, body)).toMatchObject({ status: 409, details: { duplicate } });
    const before = emulator.totals().signatures;
    await sign(ed, body);
    expect(emulator.totals().signatures).toBe(before);
    await client.must("DELETE", `/keys/${(await client.createKey({ scheme: "EdDSA", curve: "ed25519" })).id}`);
  });

  test("a repeated request whose first is pending is answered with the pending one", async () => {
    const policy = emulator.policies.add({ action: "RequestApproval", keyId: ed.id });
    const body = { kind: "Hash", hash, externalId: "order-2" };
    const first = await sign(ed, body);
    expect(first["status"]).toBe("Pending");
    expect(await sign(ed, body)).toEqual(first);
    emulator.approve(String(first["approvalId"]));
    expect(await sign(ed, body)).toMatchObject({ id: first["id"], status: "Signed" });
    emulator.policies.clear(policy);
  });
});

describe("reading", () => {
  test("one signature, and lists by page", async () => {
    const key = await client.createKey({ scheme: "EdDSA", curve: "ed25519" });
    const ids: unknown[] = [];
    for (let count = 0; count < 5; count++) ids.unshift((await sign(key, { kind: "Hash", hash }))["id"]);
    const path = `/keys/${key.id}/signatures`;
    const first = (await client.get(`${path}?limit=3`)).body;
    const token = encodeURIComponent(String(first["nextPageToken"]));
    const second = (await client.get(`${path}?limit=3&paginationToken=${token}`)).body;
    const items = [...(first["items"] as { id: string }[]), ...(second["items"] as { id: string }[])];
    expect(items.map(({ id }) => id)).toEqual(ids);
    expect(second).not.toHaveProperty("nextPageToken");
    expect(first["keyId"]).toBe(key.id);
    expect((await client.get(`${path}/${String(ids[0])}`)).body).toEqual(items[0]);
    expect((await client.get(`${path}/sig-none`)).status).toBe(404);
    expect((await client.get(`/keys/${ed.id}/signatures/${String(ids[0])}`)).status).toBe(404);
  });
});

describe("policies", () => {
  test("a blocking policy: 403, and nothing is made", async () => {
    const policy = emulator.policies.add({ action: "Block", keyId: ed.id });
    const both = emulator.policies.add({ action: "RequestApproval" });
    const before = emulator.totals().signatures;
    expect(await refusal(ed, { kind: "Hash", hash })).toMatchObject({ status: 403, message: "blocked by policy" });
    expect(emulator.totals().signatures).toBe(before);
    emulator.policies.clear(policy);
    expect((await sign(ed, { kind: "Hash", hash }))["status"]).toBe("Pending");
    emulator.policies.clear(both);
    expect((await sign(ed, { kind: "Hash", hash }))["status"]).toBe("Signed");
  });

  test("policies of one user leave the others alone", async () => {
    emulator.policies.add({ action: "RequestApproval", userId: "us-somebody" });
    expect((await sign(ed, { kind: "Hash", hash }))["status"]).toBe("Signed");
    emulator.policies.clear();
  });

  test("approvals are listed, read and decided over the API", async () => {
    const policy = emulator.policies.add({ action: "RequestApproval", keyId: ed.id });
    const pending = await sign(ed, { kind: "Hash", hash });
    const id = String(pending["approvalId"]);
    const approval = (await client.get(`/v2/policy-approvals/${id}`)).body;
    expect(approval).toMatchObject({
      id,
      initiatorId: emulator.userId,
      status: "Pending",
      activity: { kind: "Wallets:Sign", signatureRequest: { id: pending["id"], keyId: ed.id } },
      policyEvaluations: [{ policyId: policy, triggered: true, reason: expect.any(String) }],
      decisions: [],
    });
    const listed = (await client.get("/v2/policy-approvals?status=Pending")).body["items"] as { id: string }[];
    expect(listed.map((item) => item.id)).toContain(id);
    expect((await client.get("/v2/policy-approvals?initiatorId=us-none")).body["items"]).toEqual([]);
    // The initiator may deny, not approve.
    const path = `/v2/policy-approvals/${id}/decisions`;
    expect(errorOf(await client.call("POST", path, { value: "Approved" }))).toMatchObject({ status: 403 });
    const denied = await client.must("POST", path, { value: "Denied", reason: "changed my mind" });
    expect(denied).toMatchObject({
      status: "Denied",
      dateResolved: expect.any(String),
      decisions: [{ userId: emulator.userId, value: "Denied", reason: "changed my mind", date: expect.any(String) }],
    });
    expect((await client.get(`/keys/${ed.id}/signatures/${String(pending["id"])}`)).body).toMatchObject({
      status: "Rejected",
      reason: "changed my mind",
      datePolicyResolved: expect.any(String),
    });
    expect(errorOf(await client.call("POST", path, { value: "Denied" }))).toMatchObject({ status: 400 });
    emulator.policies.clear();
  });

  test("an approval that comes after its key was archived makes the signature fail", async () => {
    const key = await client.createKey({ scheme: "EdDSA", curve: "ed25519" });
    emulator.policies.add({ action: "RequestApproval", keyId: key.id });
    const pending = await sign(key, { kind: "Hash", hash });
    await client.must("DELETE", `/keys/${key.id}`);
    emulator.approve(String(pending["approvalId"]));
    expect((await client.get(`/keys/${key.id}/signatures/${String(pending["id"])}`)).body).toMatchObject({
      status: "Failed",
      reason: "Key is archived",
    });
    expect(() => emulator.approve(String(pending["approvalId"]))).toThrow(
      expect.objectContaining({ code: "InvalidRequest" }),
    );
    expect(() => emulator.deny("ap-none")).toThrow(expect.objectContaining({ code: "InvalidRequest" }));
    emulator.policies.clear();
  });
});

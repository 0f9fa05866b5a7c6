/** Signatures that wait for people: tickets, other processes, waiting, denial. */

import { randomBytes } from "node:crypto";
import { type ApprovalTicket, isKeyrailError, type Provider, type SignRequest } from "@keyrail/core";
import { openPublicKey, prepareEngines, recoverPublicKey, verify } from "@keyrail/crypto";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
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
afterEach(() => {
  emulator.faults.clear();
  emulator.policies.clear();
});

/** Asks for a signature that needs an approval; the ticket as it comes out of a database. */
async function pending(request: SignRequest): Promise<ApprovalTicket> {
  emulator.policies.add({ action: "RequestApproval" });
  const outcome = await present(provider.approvals).requestSignature(request);
  if (outcome.status !== "pending") throw new Error("It did not wait.");
  return JSON.parse(JSON.stringify(outcome.ticket));
}

describe("a ticket", () => {
  it("is what sign rejects with, and says whose it is", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "ticket" });
    emulator.policies.add({ action: "RequestApproval" });
    const sign = present(provider.signer).sign({ key: uri, algorithm: "Ed25519", message: randomBytes(5) });
    const error: unknown = await sign.catch((thrown: unknown) => thrown);
    if (!isKeyrailError(error, "ApprovalPending")) throw new Error("not pending", { cause: error });
    const { ticket } = error.context;
    expect(ticket).toMatchObject({ version: 1, provider: "dfns", key: uri, operation: "sign" });
    expect(ticket.approval).toMatch(/^ap-/);
    expect(ticket.reference).toMatch(/^sig-/);
  });

  it("stays pending for long and is finished by another process: an Ed25519 message of 100 kB", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "long" });
    const message = randomBytes(100_000);
    const ticket = await pending({ key: uri, algorithm: "Ed25519", message });
    expect(JSON.stringify(ticket).length).toBeLessThan(1000);
    const approvals = present(provider.approvals);
    for (let look = 0; look < 20; look++) expect((await approvals.resume(ticket)).status).toBe("pending");
    emulator.approve(present(ticket.approval));
    await using other = await openOn(emulator);
    const outcome = await present(other.approvals).resume(ticket);
    if (outcome.status !== "done") throw new Error("still pending");
    const publicKey = await provider.keys.getPublic(uri);
    const opened = openPublicKey("Ed25519", publicKey.toRaw());
    expect(verify(opened, { algorithm: "Ed25519", message, signature: outcome.result.signature })).toBe(true);
  });

  it("keeps what was asked of an ECDSA signature: DER, the recovery id", async () => {
    const { uri } = await provider.keys.create({ keyType: "secp256k1", usages: ["sign"], label: "recoverable" });
    const digest = randomBytes(32);
    const ticket = await pending({ key: uri, algorithm: "ECDSA", digest, format: "der", recoverable: true });
    emulator.approve(present(ticket.approval));
    await using other = await openOn(emulator);
    const outcome = await present(other.approvals).resume(ticket);
    if (outcome.status !== "done") throw new Error("still pending");
    const { signature, recoveryId } = outcome.result;
    await prepareEngines("secp256k1");
    const recovered = recoverPublicKey({ digest, signature, format: "der", recoveryId: present(recoveryId) });
    expect(recovered).toEqual((await provider.keys.getPublic(uri)).toRaw());
  });

  it("keeps the root of the script tree", async () => {
    const key = await provider.keys.create({
      keyType: "secp256k1",
      usages: ["sign"],
      label: "root",
      algorithms: ["BIP341"],
    });
    const ticket = await pending({
      key: key.uri,
      algorithm: "BIP341",
      digest: randomBytes(32),
      merkleRoot: randomBytes(32),
    });
    emulator.approve(present(ticket.approval));
    const outcome = await present(provider.approvals).resume(ticket);
    if (outcome.status !== "done") throw new Error("still pending");
    expect(outcome.result.outputKey).toHaveLength(32);
  });

  it.each([
    ["reference", { reference: "../x" }],
    ["state", { state: {} }],
    ["operation", { operation: "create" }],
  ])("that was tampered with (%s) is refused without a request", async (_name, change) => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "tampered" });
    const ticket = await pending({ key: uri, algorithm: "Ed25519", message: randomBytes(5) });
    emulator.counters.reset();
    const tampered: ApprovalTicket = JSON.parse(JSON.stringify({ ...ticket, ...change }));
    await expect(present(provider.approvals).resume(tampered)).rejects.toMatchObject({ code: "InvalidRequest" });
    expect(emulator.counters.values().requests).toBe(0);
  });

  it("that names another signature is not answered with that signature", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "swapped" });
    const one = await pending({ key: uri, algorithm: "Ed25519", message: randomBytes(5) });
    const two = await pending({ key: uri, algorithm: "Ed25519", message: randomBytes(5) });
    emulator.approve(present(two.approval));
    await expect(present(provider.approvals).resume({ ...one, reference: two.reference })).rejects.toMatchObject({
      code: "UnexpectedResponse",
    });
  });
});

describe("denial", () => {
  it("is an error of its own, with the approver's reason", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "denied" });
    const ticket = await pending({ key: uri, algorithm: "Ed25519", message: randomBytes(5) });
    emulator.deny(present(ticket.approval), "not today");
    await expect(present(provider.approvals).resume(ticket)).rejects.toMatchObject({
      code: "ApprovalDenied",
      context: { reason: "not today" },
    });
  });

  it("reaches a caller who waits", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "denied" });
    emulator.faults.add({
      match: { operation: "GenerateSignature" },
      action: { kind: "approval", decision: "deny", afterPolls: 2 },
    });
    await expect(
      present(provider.signer).sign({ key: uri, algorithm: "Ed25519", message: randomBytes(5) }, { approval: "wait" }),
    ).rejects.toMatchObject({ code: "ApprovalDenied" });
  });

  it("by a policy that blocks is a refusal", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "blocked" });
    emulator.policies.add({ action: "Block" });
    await expect(
      present(provider.signer).sign({ key: uri, algorithm: "Ed25519", message: randomBytes(5) }),
    ).rejects.toMatchObject({ code: "OperationRefused", context: { reason: "blocked by policy" } });
  });
});

describe("waiting", () => {
  const wait = { approval: "wait" } as const;

  it("ends with the signature when it is approved", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "waits" });
    emulator.faults.add({
      match: { operation: "GenerateSignature" },
      action: { kind: "approval", decision: "approve", afterPolls: 4 },
    });
    const message = randomBytes(5);
    const { signature } = await present(provider.signer).sign({ key: uri, algorithm: "Ed25519", message }, wait);
    expect(signature).toHaveLength(64);
  });

  it("ends before its deadline with the ticket, which another process finishes", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "waits" });
    emulator.policies.add({ action: "RequestApproval" });
    const request = { key: uri, algorithm: "Ed25519", message: randomBytes(5) } as const;
    const error: unknown = await present(provider.signer)
      .sign(request, { ...wait, timeout: 3000 })
      .catch((thrown: unknown) => thrown);
    if (!isKeyrailError(error, "ApprovalPending")) throw new Error("no ticket", { cause: error });
    const { ticket } = error.context;
    const approvals = present(provider.approvals);
    expect((await approvals.resume(ticket, { ...wait, timeout: 2000 })).status).toBe("pending");
    emulator.approve(emulator.approvals.pending().at(-1) ?? "");
    await using other = await openOn(emulator);
    expect((await present(other.approvals).resume(ticket)).status).toBe("done");
  });

  it("ends when it is aborted", async () => {
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "waits" });
    emulator.policies.add({ action: "RequestApproval" });
    const signer = present(provider.signer);
    const request = { key: uri, algorithm: "Ed25519", message: randomBytes(5) } as const;
    const abort = new AbortController();
    const aborted = signer.sign(request, { ...wait, signal: abort.signal });
    setImmediate(() => abort.abort());
    await expect(aborted).rejects.toMatchObject({ code: "Aborted" });
  });
});

/** Proofs and verifications between the vendors, over TLS: their limits, their approvals, their refusals. */

import { type ApprovalTicket, isKeyrailError, type KeyType, type Provider, type Usage } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import type { EncedoEmulator } from "@keyrail/emulator-encedo";
import { openSoftwareProvider } from "@keyrail/software";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Proof, type ProofKind, type ProofTask, proveKey, type Verification, verifyKey } from "../src/index.ts";
import { present, rotated } from "./support/moves.ts";
import { openDevice, openService, startDevice, startService } from "./support/vendors.ts";

let device: EncedoEmulator;
let service: DfnsEmulator;
let encedo: Provider;
let dfns: Provider;
let software: Provider;

beforeAll(async () => {
  device = await startDevice();
  encedo = await openDevice(device);
  service = await startService();
  dfns = await openService(service);
  software = await openSoftwareProvider({ store: { kind: "memory" } });
});
afterEach(() => {
  service.policies.clear();
});
afterAll(async () => {
  await Promise.all([encedo, dfns, software].map((provider) => provider.close()));
  await Promise.all([device.close(), service.close()]);
});

async function succeeds(task: ProofTask): Promise<{ proof: Proof; verification: Verification }> {
  const proof = await proveKey(task);
  const verification = await verifyKey({ ...task, proof });
  expect(verification.checks.filter(({ passed }) => !passed)).toEqual([]);
  return { proof, verification };
}

interface Case {
  readonly keyType: KeyType;
  readonly usages: readonly Usage[];
  readonly proof: ProofKind;
}
const SIGNATURE = "succession-signature";
const cases: readonly Case[] = [
  ...(["P-256", "P-384", "P-521", "secp256k1", "Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const).map(
    (keyType): Case => ({ keyType, usages: ["sign", "verify"], proof: SIGNATURE }),
  ),
  ...(["P-256", "secp256k1", "X25519"] as const).map((keyType): Case => ({
    keyType,
    usages: ["agree"],
    proof: "succession-agreement",
  })),
  ...(["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const).map((keyType): Case => ({
    keyType,
    usages: ["encapsulate"],
    proof: "succession-agreement",
  })),
  ...(["HMAC-SHA-256", "HMAC-SHA-512", "HMAC-SHA3-384"] as const).map((keyType): Case => ({
    keyType,
    usages: ["mac"],
    proof: "succession-mac",
  })),
  { keyType: "AES-256", usages: ["encrypt", "wrap"], proof: "none" },
];

describe("from a device to a store", () => {
  it.for(cases)("$keyType, $proof", async ({ keyType, usages, proof }) => {
    await succeeds(await rotated(encedo, software, { keyType, usages, label: "to software" }, { proof }));
  });
});

describe("from a store to a device", () => {
  it.for(cases)("$keyType, $proof", async ({ keyType, usages, proof }) => {
    await succeeds(await rotated(software, encedo, { keyType, usages, label: "to encedo" }, { proof }));
  });
});

describe("from a device to Dfns", () => {
  it.for(["secp256k1", "Ed25519"] as const)("%s", async (keyType) => {
    const request = { keyType, usages: ["sign"], label: "to dfns" } as const;
    const reason = "A long reason, as the planner writes it. ".repeat(8);
    const { verification } = await succeeds(await rotated(encedo, dfns, request, { proof: SIGNATURE, reason }));
    expect(verification.checks.map(({ name }) => name)).toEqual(["target record", "public key", "proof", "signature"]);
  });
});

describe("between a store and Dfns", () => {
  it.for([
    ["stark", undefined],
    ["secp256k1", ["BIP341"]],
  ] as const)("%s %s", async ([keyType, algorithms]) => {
    const request = { keyType, usages: ["sign"], label: "schnorr", ...(algorithms && { algorithms }) } as const;
    await succeeds(await rotated(software, dfns, request, { proof: SIGNATURE }));
    await succeeds(await rotated(dfns, software, request, { proof: SIGNATURE }));
  });

  it("exercises a key for deterministic outputs", async () => {
    const request = { keyType: "secp256k1", usages: ["derive"], label: "glow", algorithms: ["GLOW20"] } as const;
    const { verification } = await succeeds(await rotated(software, dfns, request, { proof: "none" }));
    expect(verification.checks.map(({ name }) => name)).toContain("derivation");
  });
});

/** The ticket a call ends with, as it comes out of a journal. */
async function ticketOf(call: Promise<unknown>): Promise<ApprovalTicket> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isKeyrailError(error, "ApprovalPending")) throw new Error("not pending", { cause: error });
  return JSON.parse(JSON.stringify(error.context.ticket));
}

describe("approvals", () => {
  it("finish proof and verification by ticket, and no signature is asked for twice", async () => {
    const request = { keyType: "Ed25519", usages: ["sign"], label: "approved" } as const;
    const task = await rotated(encedo, dfns, request, { proof: SIGNATURE });
    service.policies.add({ action: "RequestApproval" });
    const first = await ticketOf(proveKey(task));
    // Forgotten tickets, as after a crash, lead to the same request at the vendor.
    expect((await ticketOf(proveKey(task))).reference).toBe(first.reference);
    expect((await ticketOf(proveKey({ ...task, ticket: first }))).reference).toBe(first.reference);
    const old = signatures(device);
    service.approve(present(first.approval));
    const proof = await proveKey({ ...task, ticket: first });
    // The old key's signature came along in the ticket.
    expect(signatures(device)).toBe(old);

    const second = await ticketOf(verifyKey({ ...task, proof }));
    expect(second.reference).not.toBe(first.reference);
    service.approve(present(second.approval));
    const verification = await verifyKey({ ...task, proof, ticket: second });
    expect(verification.passed).toBe(true);
  });

  it("of the old key and then of the new one", async () => {
    const request = { keyType: "secp256k1", usages: ["sign"], label: "both" } as const;
    const task = await rotated(dfns, dfns, request, { proof: SIGNATURE });
    service.policies.add({ action: "RequestApproval" });
    const first = await ticketOf(proveKey(task));
    expect(first.key).toBe(task.planned.source.uri);
    service.approve(present(first.approval));
    const second = await ticketOf(proveKey({ ...task, ticket: first }));
    expect(second.key).toBe(task.targetKey);
    service.approve(present(second.approval));
    const proof = await proveKey({ ...task, ticket: second });
    expect(proof.kind).toBe(SIGNATURE);
  });

  it("that were denied stay denied until another attempt asks anew", async () => {
    const request = { keyType: "Ed25519", usages: ["sign"], label: "denied" } as const;
    const task = await rotated(encedo, dfns, request, { proof: SIGNATURE });
    service.policies.add({ action: "RequestApproval" });
    const ticket = await ticketOf(proveKey(task));
    service.deny(present(ticket.approval));
    const code = (call: Promise<unknown>): Promise<unknown> =>
      call.catch((error: unknown) => (isKeyrailError(error) ? error.code : error));
    expect(await code(proveKey({ ...task, ticket }))).toBe("ApprovalDenied");
    expect(await code(proveKey(task))).toBe("ApprovalDenied");
    expect(await code(proveKey({ ...task, attempt: 1 }))).toBe("ApprovalPending");
  });
});

function signatures(emulator: EncedoEmulator): number {
  return emulator.requests.count("POST", "/api/crypto/exdsa/sign");
}

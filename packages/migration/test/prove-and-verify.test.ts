/** Proofs and verifications between two software stores: every key type, every kind of proof. */

import { ASYMMETRIC_KEY_TYPES, KEY_TYPES, type KeyType, type Provider, type Usage } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Proof, proveKey, type ProofTask, type Verification, verifyKey } from "../src/index.ts";
import { imported, present, rotated } from "./support/moves.ts";

let source: Provider;
let target: Provider;

beforeAll(async () => {
  source = await openSoftwareProvider({ store: { kind: "memory" } });
  target = await openSoftwareProvider({ store: { kind: "memory" } });
});
afterAll(async () => {
  await source.close();
  await target.close();
});

/** All usages a plain software key of the type may have. */
function usagesOf(keyType: KeyType): readonly Usage[] {
  const row = source.capabilities.rows.find((one) => one.operation === "create" && one.keyTypes.includes(keyType));
  // An Edwards key derives as a master only.
  return present(row?.usages?.[0]).filter((usage) => keyType !== "Ed25519" || usage !== "derive");
}

async function proveAndVerify(task: ProofTask): Promise<{ proof: Proof; verification: Verification }> {
  const proof = await proveKey(task);
  const kept: Proof = JSON.parse(JSON.stringify(proof));
  return { proof, verification: await verifyKey({ ...task, proof: kept }) };
}

describe("rotate", () => {
  it.for(KEY_TYPES)("%s", async (keyType) => {
    const usages = usagesOf(keyType);
    const proof = usages.includes("sign")
      ? "succession-signature"
      : usages.includes("mac")
        ? "succession-mac"
        : usages.includes("agree") || usages.includes("encapsulate")
          ? "succession-agreement"
          : "none";
    const task = await rotated(source, target, { keyType, usages, label: keyType }, { proof });
    const done = await proveAndVerify(task);
    expect(done.proof.kind).toBe(proof);
    expect(done.verification.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(done.verification.passed).toBe(true);
  });
});

describe("import", () => {
  it.for(KEY_TYPES)("%s", async (keyType) => {
    const task = await imported(source, target, { keyType, usages: usagesOf(keyType), label: keyType });
    const done = await proveAndVerify(task);
    expect(done.proof).toMatchObject({
      kind: "same-key",
      compared: ASYMMETRIC_KEY_TYPES.some((one) => one === keyType) ? "public-key" : "result",
    });
    expect(done.verification.checks.filter(({ passed }) => !passed)).toEqual([]);
  });
});

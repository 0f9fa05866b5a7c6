/** Checks a proof with what is in the plan and the journal alone: no provider is asked. */

import { encodeBase64Url, type PublicKey, tryDecodeBase64Url } from "@keyrail/core";
import { prepareEngines } from "@keyrail/crypto";
import type { PlannedKey } from "../plan/plan.ts";
import { areAnswersFormed, areAuditorsAnswers, type AuditorPrivateKey, isAuditable } from "./auditor.ts";
import { isAnswered } from "./challenge.ts";
import { statementFault } from "./general-jws.ts";
import type { Proof } from "./proof.ts";
import { payloadOf, targetPermissions } from "./prove-key.ts";
import { publicKeyDigest } from "./succession-statement.ts";

/** What a proof is checked against. */
export interface ProofFacts {
  readonly planned: PlannedKey;
  readonly run: { readonly id: string; readonly planDigest: string };
  /** Key URI at the target. */
  readonly targetKey: string;
  /** Absent for a secret key. */
  readonly oldKey: PublicKey | undefined;
  readonly newKey: PublicKey | undefined;
  /** The private keys of an auditor: keys that agree and can't sign have to have answered them. */
  readonly auditor?: readonly AuditorPrivateKey[];
}

/** The outcome: `detail` says what was shown, or what is wrong. */
export interface ProofCheck {
  readonly passed: boolean;
  readonly detail: string;
}

/**
 * Checks a proof.
 *
 * What stays open: the results of two secret keys, and MACs under them, can be checked by who holds the keys only; here it
 * is checked that they speak of this move.
 */
export async function checkProof(proof: Proof, facts: ProofFacts): Promise<ProofCheck> {
  const { planned } = facts;
  if (proof.kind !== planned.proof) return failed(`the plan asks for "${planned.proof}", not "${proof.kind}"`);
  switch (proof.kind) {
    case "none":
      return { passed: true, detail: `The old key can prove nothing: ${proof.reason}` };
    case "same-key":
      return checkSameKey(proof, facts);
    case "succession-signature": {
      const { oldKey, newKey } = facts;
      if (oldKey === undefined || newKey === undefined) return failed("a public key is missing");
      const payload = payloadOf(planned, facts.run, facts.targetKey, { old: oldKey, new: newKey });
      const fault = await statementFault(proof.statement, payload, oldKey, newKey);
      return fault === undefined
        ? { passed: true, detail: "The old key signed the statement, and the new key countersigned it." }
        : failed(fault);
    }
    case "succession-agreement":
      return checkAgreement(proof, facts);
    case "succession-mac":
      return checkMacs(proof, facts);
  }
}

function checkSameKey(proof: Extract<Proof, { kind: "same-key" }>, { oldKey, newKey }: ProofFacts): ProofCheck {
  if (proof.compared === "result") {
    if (oldKey !== undefined || newKey !== undefined) return failed("a public key is there and was not compared");
    return isDigest(proof.digest)
      ? { passed: true, detail: "Both keys gave the same result for one random input when they were compared." }
      : failed("its digest is malformed");
  }
  if (oldKey === undefined || newKey === undefined) return failed("a public key is missing");
  if (!oldKey.equals(newKey)) return failed("the public keys differ");
  if (proof.digest !== publicKeyDigest(newKey)) return failed("its digest is of another public key");
  return { passed: true, detail: "The public keys are equal." };
}

async function checkAgreement(
  proof: Extract<Proof, { kind: "succession-agreement" }>,
  facts: ProofFacts,
): Promise<ProofCheck> {
  const { planned, run, targetKey, oldKey, newKey } = facts;
  if (oldKey === undefined || newKey === undefined) return failed("a public key is missing");
  for (const { keyType } of [oldKey, newKey]) await prepareEngines(keyType);
  const payload = payloadOf(planned, run, targetKey, { old: oldKey, new: newKey });
  if (proof.payload !== encodeBase64Url(payload)) return failed("the statement speaks of another move than the plan");
  const [old, renewed, ...more] = proof.challenges;
  if (old?.by !== "old" || renewed?.by !== "new" || more.length > 0) {
    return failed("it does not have one answer of the old key and one of the new");
  }
  if (!isAnswered(old, oldKey, payload)) return failed("the old key's answer does not fit its challenge");
  if (!isAnswered(renewed, newKey, payload)) return failed("the new key's answer does not fit its challenge");
  const keys = { old: oldKey, new: newKey };
  if (!areAnswersFormed(proof, keys)) return failed("an answer to an auditor is malformed");
  if (facts.auditor === undefined || !isAuditable(proof)) {
    return { passed: true, detail: "Both keys answered a challenge made for their public keys." };
  }
  return areAuditorsAnswers(proof, keys, payload, facts.auditor)
    ? { passed: true, detail: "Both keys answered the auditor's challenge." }
    : failed("the keys did not both answer the auditor's challenge");
}

function checkMacs(proof: Extract<Proof, { kind: "succession-mac" }>, facts: ProofFacts): ProofCheck {
  const { planned } = facts;
  const payload = payloadOf(planned, facts.run, facts.targetKey, undefined);
  if (proof.payload !== encodeBase64Url(payload)) return failed("the statement speaks of another move than the plan");
  const [old, renewed, ...more] = proof.macs;
  if (old?.by !== "old" || renewed?.by !== "new" || more.length > 0) {
    return failed("it does not have one MAC of the old key and one of the new");
  }
  for (const [{ algorithm, mac }, keyType] of [
    [old, planned.source.keyType],
    [renewed, targetPermissions(planned).keyType],
  ] as const) {
    if (algorithm !== keyType.replace("HMAC-SHA-", "HS")) return failed(`${keyType} makes no ${algorithm}`);
    if (tryDecodeBase64Url(mac)?.length !== Number(keyType.slice(-3)) / 8) return failed("a MAC is malformed");
  }
  return { passed: true, detail: "Both keys made a MAC of the statement; who holds them can check it." };
}

function isDigest(text: string): boolean {
  const [name, value, ...more] = text.split(":");
  return name === "sha-256" && more.length === 0 && tryDecodeBase64Url(value ?? "")?.length === 32;
}

function failed(why: string): ProofCheck {
  return { passed: false, detail: `The proof does not hold: ${why}.` };
}

/** Fresh uses of a key at the target, each checked outside of it. */

import { randomBytes, timingSafeEqual } from "node:crypto";
import {
  DERIVATION_ALGORITHMS,
  encodeBase64Url,
  explain,
  type KeyHalf,
  KeyrailError,
  type PublicKey,
  type Usage,
  wipe,
} from "@keyrail/core";
import { openTicket } from "./carried-ticket.ts";
import { challengeKey, challengeMethod } from "./challenge.ts";
import { type Comparison, comparisonsOf, compareSecrets, secretOperations } from "./compare-secret.ts";
import type { ProofTask } from "./prove-key.ts";
import { signWithApproval } from "./sign-with-approval.ts";
import { type KeyPermissions, successionAlgorithm } from "./succession-algorithms.ts";
import type { NotExercised, VerificationCheck } from "./verification.ts";

/** What {@link useKey} found. */
export interface KeyUse {
  readonly checks: readonly VerificationCheck[];
  readonly notExercised: readonly NotExercised[];
}

const NONCE = "nonce";
const encoder = new TextEncoder();

/** The key that is used. */
export interface UsedKey {
  /** What it was planned for and may do. */
  readonly permissions: KeyPermissions;
  readonly half: KeyHalf;
  /** Absent for a secret key. */
  readonly publicKey: PublicKey | undefined;
}

/** Uses the key at the target once for each of its usages. */
export async function useKey(task: ProofTask, key: UsedKey): Promise<KeyUse> {
  const { permissions, half } = key;
  const checks: VerificationCheck[] = [];
  const notExercised: NotExercised[] = [];
  if (half === "public") {
    const reason = "the target holds the public half alone";
    return { checks, notExercised: permissions.usages.map((usage) => ({ usage, reason })) };
  }
  for (const usage of permissions.usages) {
    // A signature is verified in this process; the target's own word on it is worth nothing.
    if (usage === "verify") continue;
    const outcome = await useFor(usage, task, key);
    if (typeof outcome === "string") notExercised.push({ usage, reason: outcome });
    else checks.push(outcome);
  }
  return { checks, notExercised };
}

async function useFor(
  usage: Exclude<Usage, "verify">,
  task: ProofTask,
  { permissions, publicKey }: UsedKey,
): Promise<VerificationCheck | string> {
  switch (usage) {
    case "sign":
      return publicKey === undefined ? "there is no public key to check with" : signs(task, permissions, publicKey);
    case "agree":
    case "encapsulate":
      return publicKey === undefined
        ? "there is no public key to check with"
        : answers(usage, task, permissions, publicKey);
    case "mac":
      return secretUse("mac", task, permissions);
    case "encrypt":
      return secretUse("cipher", task, permissions);
    case "wrap":
      return secretUse("wrap", task, permissions);
    case "derive":
      return derives(task, permissions);
  }
}

async function signs(
  task: ProofTask,
  permissions: KeyPermissions,
  publicKey: PublicKey,
): Promise<VerificationCheck | string> {
  const { planned, run, target, targetKey, signal, ticket, attempt = 0 } = task;
  const how = successionAlgorithm(target.capabilities, permissions, 1024);
  if (how === undefined) return `${target.capabilities.title} offers no signature that can be checked here`;
  const carried = ticket === undefined ? {} : openTicket(ticket).carried;
  const nonce = carried[NONCE] ?? encodeBase64Url(randomBytes(16));
  const text = `keyrail verification\n${run.id}\n${run.planDigest}\n${planned.ordinal}\n${publicKey.thumbprint()}\n${nonce}`;
  const message = encoder.encode(text);
  const signature = await signWithApproval({
    provider: target,
    key: targetKey,
    publicKey,
    how,
    bytes: message,
    signal,
    ticket,
    carried: { [NONCE]: nonce },
    attempt,
  });
  return {
    name: "signature",
    passed: true,
    detail: `A fresh ${how.algorithm} signature verifies under the public key, checked outside of the target.`,
    algorithm: how.alg,
    message: encodeBase64Url(message),
    signature: encodeBase64Url(signature),
  };
}

async function answers(
  usage: "agree" | "encapsulate",
  task: ProofTask,
  permissions: KeyPermissions,
  publicKey: PublicKey,
): Promise<VerificationCheck | string> {
  const { target, targetKey, signal } = task;
  const how = challengeMethod(target.capabilities, { ...permissions, usages: [usage] });
  if (how === undefined) return `${target.capabilities.title} gives no shared secret that can be checked here`;
  const name = how.method === "agreement" ? "agreement" : "encapsulation";
  const detail =
    name === "agreement"
      ? `An ${how.algorithm} agreement with an ephemeral peer gave the same secret on both sides.`
      : `A secret that was encapsulated outside to the public key came back the same.`;
  return mismatchAsCheck(name, async () => {
    await challengeKey("new", target, targetKey, publicKey, how, new Uint8Array(0), signal);
    return { name, passed: true, detail, algorithm: how.algorithm };
  });
}

/** A wrong answer of the target is a failed check, not a failed call. */
async function mismatchAsCheck(
  name: VerificationCheck["name"],
  check: () => Promise<VerificationCheck>,
): Promise<VerificationCheck> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof KeyrailError) || error.code !== "SignatureMismatch") throw error;
    return { name, passed: false, detail: error.message };
  }
}

async function secretUse(
  by: Comparison["by"],
  task: ProofTask,
  permissions: KeyPermissions,
): Promise<VerificationCheck | string> {
  const { planned, source, target, targetKey, signal } = task;
  const there = { provider: target, key: targetKey };
  const compared =
    planned.proof === "same-key"
      ? comparisonsOf(source.capabilities, planned.source, target.capabilities, permissions).find(
          (one) => one.by === by,
        )
      : undefined;
  const way = compared ?? secretOperations(target.capabilities, permissions).find((one) => one.by === by);
  if (way === undefined) return `${target.capabilities.title} has no such operation for it`;
  const one = compared === undefined ? there : { provider: source, key: planned.source.uri };
  const equal = (await compareSecrets(way, one, there, signal)) !== undefined;
  const what = compared === undefined ? "with itself: no one else holds this key" : "with the source's key";
  return {
    name: by,
    passed: equal,
    detail: equal
      ? `${way.algorithm} on a random input agrees ${what}.`
      : `${way.algorithm} on a random input does not agree ${what}.`,
    algorithm: way.algorithm,
  };
}

/** A deterministic output leaves nothing behind; a derived key would be a second key at the target. */
async function derives(task: ProofTask, permissions: KeyPermissions): Promise<VerificationCheck | string> {
  const { target, targetKey, signal } = task;
  const algorithm = DERIVATION_ALGORITHMS.find(
    (name) =>
      permissions.algorithms?.includes(name) !== false &&
      explain(target.capabilities, { operation: "derive-output", keyType: permissions.keyType, algorithm: name })
        .supported,
  );
  const port = target.deterministicDerivation;
  if (algorithm === undefined || port === undefined) return "it would leave a derived key at the target";
  const request = { key: targetKey, algorithm, domain: encoder.encode("keyrail verification") };
  const [seed, other] = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))];
  const options = signal === undefined ? {} : { signal };
  const outputs = await Promise.all(
    [seed, seed, other].map((given) => port.deriveOutput({ ...request, seed: given }, options)),
  );
  const [first, second, third] = outputs;
  const passed =
    first !== undefined &&
    second !== undefined &&
    third !== undefined &&
    timingSafeEqual(first, second) &&
    !timingSafeEqual(first, third);
  wipe(...outputs);
  return {
    name: "derivation",
    passed,
    detail: passed
      ? `${algorithm} gives one output per seed; that it is this key's can't be seen from outside.`
      : `${algorithm} gives different outputs for one seed, or one for two.`,
    algorithm,
  };
}

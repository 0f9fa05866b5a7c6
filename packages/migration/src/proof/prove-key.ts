/** Ties the key at the target to the one at the source, as the plan says it is to be done. */

import {
  type ApprovalTicket,
  encodeBase64Url,
  KeyrailError,
  type Provider,
  type PublicKey,
  tryDecodeBase64Url,
} from "@keyrail/core";
import type { PlannedKey } from "../plan/plan.ts";
import { readPublicKey } from "./read-public-key.ts";
import { type Carried, isTicketOf, openTicket } from "./carried-ticket.ts";
import { challengeKey, challengeMethod } from "./challenge.ts";
import { comparisonsOf, compareSecrets, secretOperations } from "./compare-secret.ts";
import { generalJws, signingInput } from "./general-jws.ts";
import type { Proof } from "./proof.ts";
import { signWithApproval } from "./sign-with-approval.ts";
import { type KeyPermissions, successionAlgorithm, verifySignature } from "./succession-algorithms.ts";
import { publicKeyDigest, statementPayload } from "./succession-statement.ts";

/** What {@link proveKey} and `verifyKey` are given. */
export interface ProofTask {
  readonly planned: PlannedKey;
  readonly run: { readonly id: string; readonly planDigest: string };
  readonly source: Provider;
  readonly target: Provider;
  /** Key URI at the target. */
  readonly targetKey: string;
  /** The target's public half as the journal has it; asked of the target when absent. */
  readonly targetPublicKey?: string;
  readonly signal?: AbortSignal;
  /** The ticket of an earlier call that ended with `ApprovalPending`. */
  readonly ticket?: ApprovalTicket;
  /** Another number after an approver refused: the vendor is then asked anew. Default 0. */
  readonly attempt?: number;
}

/**
 * Makes the proof the plan names. What is signed comes from the plan, the run and the new public key alone, so that a
 * call repeated after a crash makes the same statement; nothing is changed at either end.
 *
 * @throws KeyrailError `ApprovalPending`: keep the ticket and give it to the next call. `ApprovalDenied`.
 *   `UnexpectedResponse` when the target's key is not the one it should be, `SignatureMismatch` when an end answers as
 *   if it did not hold the key, `UnsupportedCapability` when an end can't do what the plan expects of it.
 */
export async function proveKey(task: ProofTask): Promise<Proof> {
  const { planned } = task;
  switch (planned.proof) {
    case "same-key":
      return planned.source.publicKey === undefined ? sameSecret(task) : samePublicKey(task);
    case "succession-signature":
      return bySignature(task);
    case "succession-agreement":
      return byAgreement(task);
    case "succession-mac":
      return byMac(task);
    case "none":
      return { kind: "none", reason: planned.reason };
  }
}

/** The public half at the target: the journal's, or asked for. */
export async function targetPublicKey(task: ProofTask): Promise<PublicKey> {
  const { planned, target, targetKey, signal } = task;
  const known =
    task.targetPublicKey === undefined
      ? undefined
      : readPublicKey(targetPermissions(planned).keyType, task.targetPublicKey);
  return known ?? target.keys.getPublic(targetKey, signal === undefined ? {} : { signal });
}

/** The public half of the source's key, as the plan saw it. */
export function sourcePublicKey(planned: PlannedKey): PublicKey {
  const { keyType, publicKey, uri } = planned.source;
  const read = publicKey === undefined ? undefined : readPublicKey(keyType, publicKey);
  if (read !== undefined) return read;
  throw new KeyrailError("InvalidRequest", `The plan has no readable public key for ${uri}; make a new plan.`, {
    path: "planned.source.publicKey",
  });
}

/** What the key at the target may do, as it was planned. */
export function targetPermissions(planned: PlannedKey): KeyPermissions {
  const { keyType, usages, algorithms } = planned.target ?? planned.source;
  return { keyType, usages, algorithms };
}

/** The payload of a statement on this move. */
export function payloadOf(
  planned: PlannedKey,
  run: ProofTask["run"],
  targetKey: string,
  keys: { readonly old: PublicKey; readonly new: PublicKey } | undefined,
): Uint8Array {
  const { uri, keyType } = planned.source;
  return statementPayload({
    run,
    ordinal: planned.ordinal,
    reason: planned.reason,
    old: { uri, keyType, publicKey: keys?.old },
    new: { uri: targetKey, keyType: targetPermissions(planned).keyType, publicKey: keys?.new },
  });
}

async function samePublicKey(task: ProofTask): Promise<Proof> {
  const ours = sourcePublicKey(task.planned);
  const theirs = await targetPublicKey(task);
  if (!ours.equals(theirs)) throw anotherKey(task);
  return { kind: "same-key", compared: "public-key", digest: publicKeyDigest(theirs) };
}

async function sameSecret(task: ProofTask): Promise<Proof> {
  const { planned, source, target, targetKey, signal } = task;
  const [way] = comparisonsOf(source.capabilities, planned.source, target.capabilities, targetPermissions(planned));
  if (way === undefined) throw cannotProve(task, "no operation of both ends can compare the two keys");
  const here = { provider: source, key: planned.source.uri };
  const digest = await compareSecrets(way, here, { provider: target, key: targetKey }, signal);
  if (digest === undefined) throw anotherKey(task);
  return { kind: "same-key", compared: "result", digest: `sha-256:${encodeBase64Url(digest)}` };
}

async function bySignature(task: ProofTask): Promise<Proof> {
  const { planned, source, target, targetKey, signal, attempt = 0 } = task;
  const keys = { old: sourcePublicKey(planned), new: await targetPublicKey(task) };
  const payload = payloadOf(planned, task.run, targetKey, keys);
  // A header adds at most 220 bytes, base64url a third of the payload.
  const bytes = 221 + Math.ceil((payload.length * 4) / 3);
  const oldWay = successionAlgorithm(source.capabilities, planned.source, bytes);
  const newWay = successionAlgorithm(target.capabilities, targetPermissions(planned), bytes);
  if (oldWay === undefined) throw cannotProve(task, "the source can't sign the statement with the old key");
  if (newWay === undefined) throw cannotProve(task, "the target can't sign the statement with the new key");
  const carried = task.ticket === undefined ? {} : openTicket(task.ticket).carried;
  const common = { signal, ticket: task.ticket, attempt };

  const oldInput = signingInput(oldWay, keys.old, payload);
  const kept = await keptSignature(carried, (signature) =>
    verifySignature(oldWay, keys.old, oldInput.bytes, signature),
  );
  const oldSignature =
    kept ??
    (await signWithApproval({
      ...common,
      provider: source,
      key: planned.source.uri,
      publicKey: keys.old,
      how: oldWay,
      bytes: oldInput.bytes,
      carried: {},
    }));

  const newInput = signingInput(newWay, keys.new, payload);
  const newSignature = await signWithApproval({
    ...common,
    // A ticket of the old key is used up by now.
    ticket: isTicketOf(task.ticket, targetKey) ? task.ticket : undefined,
    provider: target,
    key: targetKey,
    publicKey: keys.new,
    how: newWay,
    bytes: newInput.bytes,
    carried: { [OLD_SIGNATURE]: encodeBase64Url(oldSignature) },
  });
  const statement = generalJws(payload, [
    { header: oldInput.header, signature: oldSignature },
    { header: newInput.header, signature: newSignature },
  ]);
  return { kind: "succession-signature", statement };
}

const OLD_SIGNATURE = "oldSignature";

/** The old key's signature of before the new key's approval, if it is one of this statement. */
async function keptSignature(
  carried: Carried,
  verifies: (signature: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array | undefined> {
  const text = carried[OLD_SIGNATURE];
  const signature = text === undefined ? undefined : tryDecodeBase64Url(text);
  return signature !== undefined && (await verifies(signature)) ? signature : undefined;
}

async function byAgreement(task: ProofTask): Promise<Proof> {
  const { planned, source, target, targetKey, signal } = task;
  const keys = { old: sourcePublicKey(planned), new: await targetPublicKey(task) };
  const oldWay = challengeMethod(source.capabilities, planned.source);
  const newWay = challengeMethod(target.capabilities, targetPermissions(planned));
  if (oldWay === undefined) throw cannotProve(task, "the source can't answer a challenge with the old key");
  if (newWay === undefined) throw cannotProve(task, "the target can't answer a challenge with the new key");
  const payload = payloadOf(planned, task.run, targetKey, keys);
  const challenges = await Promise.all([
    challengeKey("old", source, planned.source.uri, keys.old, oldWay, payload, signal),
    challengeKey("new", target, targetKey, keys.new, newWay, payload, signal),
  ]);
  return { kind: "succession-agreement", payload: encodeBase64Url(payload), challenges };
}

async function byMac(task: ProofTask): Promise<Proof> {
  const { planned, source, target, targetKey, signal } = task;
  const payload = payloadOf(planned, task.run, targetKey, undefined);
  const ends = [
    { by: "old", provider: source, key: planned.source.uri, permissions: planned.source },
    { by: "new", provider: target, key: targetKey, permissions: targetPermissions(planned) },
  ] as const;
  const macs = await Promise.all(
    ends.map(async ({ by, provider, key, permissions }) => {
      const way = secretOperations(provider.capabilities, permissions).find((one) => one.by === "mac");
      if (way?.by !== "mac" || provider.mac === undefined) throw cannotProve(task, `the ${by} key can't make a MAC`);
      const { algorithm } = way;
      const options = signal === undefined ? {} : { signal };
      const mac = await provider.mac.mac({ key, algorithm, message: payload }, options);
      return { by, algorithm, mac: encodeBase64Url(mac) };
    }),
  );
  return { kind: "succession-mac", payload: encodeBase64Url(payload), macs };
}

function cannotProve({ planned, target }: ProofTask, why: string): KeyrailError<"UnsupportedCapability"> {
  return new KeyrailError(
    "UnsupportedCapability",
    `The proof "${planned.proof}" that the plan names for ${planned.source.uri} can't be made: ${why}. Make a new plan.`,
    { provider: target.name, operation: planned.proof, keyType: planned.source.keyType },
  );
}

function anotherKey({ planned, target, targetKey }: ProofTask): KeyrailError<"UnexpectedResponse"> {
  return new KeyrailError(
    "UnexpectedResponse",
    `${targetKey} is not the key of ${planned.source.uri}: the two do not agree. Look at the target before going on.`,
    { provider: target.name, reason: "another key" },
  );
}

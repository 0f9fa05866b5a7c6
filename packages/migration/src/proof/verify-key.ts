/** Checks the key at the target after it was made and proved. */

import { isKeyrailError, type KeyRecord, type PublicKey, withArticle } from "@keyrail/core";
import { readPublicKey } from "./read-public-key.ts";
import { checkProof } from "./check-proof.ts";
import type { Proof } from "./proof.ts";
import { type ProofTask, sourcePublicKey, targetPermissions } from "./prove-key.ts";
import type { TargetCensus } from "./target-census.ts";
import { type UsedKey, useKey } from "./use-key.ts";
import type { Verification, VerificationCheck } from "./verification.ts";

/** What {@link verifyKey} is given. */
export interface VerifyTask extends ProofTask {
  readonly proof: Proof;
  /** The keys at the target by name, and whether the run's journal names one; without it "one target key" is not checked. */
  readonly others?: {
    readonly census: TargetCensus;
    readonly isNamed: (uri: string) => boolean | Promise<boolean>;
  };
}

/**
 * Looks at the target's key, checks the proof, and uses the key once for each of its usages; every result is checked in
 * this process, never by the target. Nothing is changed at either end.
 *
 * @returns all checks, also when one failed; what could not be tried is in `notExercised`.
 * @throws KeyrailError `ApprovalPending`: keep the ticket and give it to the next call. What the ports throw when an end
 *   can't be asked.
 */
export async function verifyKey(task: VerifyTask): Promise<Verification> {
  const found = await findKey(task);
  if (typeof found === "string") return verification([{ name: "target record", passed: false, detail: found }]);
  const { record, publicKey } = found;
  const checks: VerificationCheck[] = [recordCheck(task, record)];
  if (publicKey !== undefined) checks.push(publicKeyCheck(task, publicKey));
  checks.push(await proofCheck(task, publicKey));
  const { census, isNamed } = task.others ?? {};
  if (census !== undefined && isNamed !== undefined) checks.push(await loneliness(task, record, census, isNamed));
  if (checks.some(({ passed }) => !passed)) return verification(checks);
  try {
    const used = await useKey(task, usedKey(task, found));
    return verification([...checks, ...used.checks], used.notExercised);
  } catch (error) {
    if (!isKeyrailError(error, "SignatureMismatch")) throw error;
    return verification([...checks, { name: "signature", passed: false, detail: error.message }]);
  }
}

/** Whether a verification found no key at the target at all: then, and only then, its one check is of the record. */
export function isGone({ checks: [check, ...more] }: Pick<Verification, "checks">): boolean {
  return check?.name === "target record" && !check.passed && more.length === 0;
}

interface FoundKey {
  /** Absent where the target has no catalog. */
  readonly record: KeyRecord | undefined;
  readonly publicKey: PublicKey | undefined;
}

/** The key as the target has it now; a sentence when it has none. */
async function findKey({ planned, target, targetKey, signal }: VerifyTask): Promise<FoundKey | string> {
  const options = signal === undefined ? {} : { signal };
  const asymmetric = planned.source.publicKey !== undefined;
  try {
    const record = await target.catalog?.get(targetKey, options);
    const publicKey = record?.publicKey ?? (asymmetric ? await target.keys.getPublic(targetKey, options) : undefined);
    return { record, publicKey };
  } catch (error) {
    if (isKeyrailError(error, "KeyNotFound")) return `${target.capabilities.title} has no key ${targetKey}.`;
    throw error;
  }
}

/** What the key was planned for, as far as the target lets it do that. */
function usedKey({ planned }: VerifyTask, { record, publicKey }: FoundKey): UsedKey {
  const { keyType, usages, algorithms } = targetPermissions(planned);
  return {
    half: record?.half ?? planned.source.half,
    publicKey,
    permissions: {
      keyType,
      usages: record === undefined ? usages : usages.filter((usage) => record.usages.includes(usage)),
      algorithms: record?.algorithms ?? algorithms,
    },
  };
}

function recordCheck({ planned, target }: VerifyTask, record: KeyRecord | undefined): VerificationCheck {
  const name = "target record";
  const { keyType, usages } = targetPermissions(planned);
  if (record === undefined) {
    return {
      name,
      passed: true,
      detail: `${target.capabilities.title} shows no records; its public key was asked for.`,
    };
  }
  if (record.keyType !== keyType) {
    return { name, passed: false, detail: `The target has a ${record.keyType} key there instead of ${keyType}.` };
  }
  // A key that was there before keeps the usages it has; the plan names them as a change.
  const missing = planned.strategy === "adopt" ? [] : usages.filter((usage) => !record.usages.includes(usage));
  if (missing.length > 0) {
    return { name, passed: false, detail: `The target's key lacks the planned usages ${missing.join(", ")}.` };
  }
  const more = record.usages.filter((usage) => !usages.includes(usage));
  const extra = more.length === 0 ? "" : ` It may also ${more.join(", ")}.`;
  return {
    name,
    passed: true,
    detail: `The target holds ${withArticle(keyType)} key with the planned usages.${extra}`,
  };
}

function publicKeyCheck({ planned, targetPublicKey }: VerifyTask, publicKey: PublicKey): VerificationCheck {
  const name = "public key";
  const old = sourcePublicKey(planned);
  if (targetPublicKey !== undefined) {
    const recorded = readPublicKey(publicKey.keyType, targetPublicKey);
    if (recorded === undefined || !recorded.equals(publicKey)) {
      return { name, passed: false, detail: "The target shows another public key than it did when the key was made." };
    }
  }
  if (planned.strategy === "rotate") {
    return old.equals(publicKey)
      ? { name, passed: false, detail: "The key was to be rotated, but the public key is the old one." }
      : { name, passed: true, detail: `New public key, thumbprint ${publicKey.thumbprint()}.` };
  }
  return old.equals(publicKey)
    ? { name, passed: true, detail: `Same public key as the source, thumbprint ${publicKey.thumbprint()}.` }
    : { name, passed: false, detail: "The target has another public key than the source." };
}

async function proofCheck(task: VerifyTask, newKey: PublicKey | undefined): Promise<VerificationCheck> {
  const { planned, run, targetKey, proof } = task;
  const oldKey = planned.source.publicKey === undefined ? undefined : sourcePublicKey(planned);
  return { name: "proof", ...(await checkProof(proof, { planned, run, targetKey, oldKey, newKey })) };
}

/**
 * No key at the target has this name and type, was made since the plan, and is unknown to the run: it would be what is left
 * of a creation whose answer was lost. Older keys of the same name are somebody else's; so are those the target dates not.
 */
async function loneliness(
  { planned, targetKey, run }: VerifyTask,
  record: KeyRecord | undefined,
  census: TargetCensus,
  isNamed: (uri: string) => boolean | Promise<boolean>,
): Promise<VerificationCheck> {
  const name = "one target key";
  const { label, keyType } = record ?? planned.target ?? planned.source;
  const since = millisecondsOfId(run.id);
  for (const { uri, createdAt } of census.holders(label, keyType)) {
    if (uri === targetKey || uri === record?.uri) continue;
    // The target's clock has seconds.
    if (createdAt === undefined || (createdAt + 1) * 1000 < since) continue;
    if (!(await isNamed(uri))) {
      return {
        name,
        passed: false,
        detail: `${uri} has its label and type, was made since the plan, and is no key of the run.`,
      };
    }
  }
  return { name, passed: true, detail: "No other key of its label and type was made at the target but by the run." };
}

/** When a run's id was made: the first 48 bits of a UUIDv7 (RFC 9562); 0 for an id of another kind. */
function millisecondsOfId(id: string): number {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-7/i.exec(id);
  return match === null ? 0 : Number.parseInt(`${match[1]}${match[2]}`, 16);
}

function verification(
  checks: readonly VerificationCheck[],
  notExercised: Verification["notExercised"] = [],
): Verification {
  const passed = checks.every((check) => check.passed);
  const at = Date.now();
  return notExercised.length === 0 ? { at, passed, checks } : { at, passed, checks, notExercised };
}

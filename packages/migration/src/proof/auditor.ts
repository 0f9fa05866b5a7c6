/**
 * Challenges of an auditor, for keys that agree and can't sign: the auditor's public keys are made before the answers, the
 * private ones are the auditor's alone. Whoever answers has the use of the key; who checks has the auditor's private key.
 */

import { encodeBase64Url, type Provider, type PublicKey, tryDecodeBase64Url } from "@keyrail/core";
import { prepareEngines } from "@keyrail/crypto";
import { answersTo, challengeMethod, type ChallengeMethod, macOfAnswer, makeChallengeKey } from "./challenge.ts";
import type { Proof } from "./proof.ts";
import { payloadOf, type ProofTask, sourcePublicKey, targetPermissions, targetPublicKey } from "./prove-key.ts";
import { readPublicKey } from "./read-public-key.ts";
import type { KeyPermissions } from "./succession-algorithms.ts";

/** Key types that can answer an auditor: an ML-KEM key's challenge depends on the key, and can't be made before it. */
export const AUDITED_KEY_TYPES = ["P-256", "P-384", "P-521", "secp256k1", "stark", "X25519", "X448"] as const;
export type AuditedKeyType = (typeof AUDITED_KEY_TYPES)[number];

/** A challenge to every key of its type. */
export interface AuditorKey {
  readonly keyType: AuditedKeyType;
  /** SubjectPublicKeyInfo, DER, base64url; of stark the uncompressed point, as plans write it. */
  readonly publicKey: string;
}

/** What the auditor keeps; the holder wipes it. */
export interface AuditorPrivateKey extends AuditorKey {
  /** PKCS#8, DER; of stark the scalar, 32 bytes big-endian. */
  readonly privateKey: Uint8Array;
}

type AgreementProof = Extract<Proof, { readonly kind: "succession-agreement" }>;
type AuditorAnswer = NonNullable<AgreementProof["auditorAnswers"]>[number];

/** A fresh key pair for each key type that can answer. */
export async function makeAuditorKeys(): Promise<readonly AuditorPrivateKey[]> {
  for (const keyType of AUDITED_KEY_TYPES) await prepareEngines(keyType);
  return AUDITED_KEY_TYPES.map((keyType) => {
    const { challenge, opening } = makeChallengeKey(keyType);
    return { keyType, publicKey: challenge, privateKey: opening };
  });
}

/**
 * The proof with the answers of both keys to this auditor; undefined when it has them, or when the keys can't give any.
 * Nobody but the auditor can tell whether an answer is right.
 *
 * @throws KeyrailError what the agreement ports throw; `UnexpectedResponse` when the target has another key.
 */
export async function answerAuditor(
  task: ProofTask,
  proof: Proof,
  auditor: readonly AuditorKey[],
): Promise<AgreementProof | undefined> {
  if (proof.kind !== "succession-agreement") return undefined;
  const { planned, source, target, targetKey, signal } = task;
  const keys = { old: sourcePublicKey(planned), new: await targetPublicKey(task) };
  const payload = payloadOf(planned, task.run, targetKey, keys);
  const ends = [
    { by: "old", provider: source, key: planned.source.uri, publicKey: keys.old, permissions: planned.source },
    { by: "new", provider: target, key: targetKey, publicKey: keys.new, permissions: targetPermissions(planned) },
  ] as const;
  const known = proof.auditorAnswers ?? [];
  const asked = ends.map((end) => ({ ...end, challenge: challengeOf(auditor, end.publicKey), how: methodOf(end) }));
  const missing = asked.some(
    ({ by, challenge }) => !known.some((answer) => answer.by === by && answer.challenge === challenge),
  );
  if (!missing) return undefined;
  const answers: AuditorAnswer[] = [];
  for (const { by, provider, key, publicKey, challenge, how } of asked) {
    if (challenge === undefined || how === undefined) return undefined;
    const options = signal === undefined ? {} : { signal };
    const mac = await macOfAnswer({ provider, key, keyType: publicKey.keyType, how, challenge, payload }, options);
    answers.push({ by, challenge, mac: encodeBase64Url(mac) });
  }
  return { ...proof, auditorAnswers: [...known, ...answers] };
}

function methodOf(end: { provider: Provider; permissions: KeyPermissions }): ChallengeMethod | undefined {
  const how = challengeMethod(end.provider.capabilities, end.permissions);
  return how?.method === "agreement" ? how : undefined;
}

function challengeOf(auditor: readonly AuditorKey[], { keyType }: PublicKey): string | undefined {
  return auditor.find((one) => one.keyType === keyType)?.publicKey;
}

/** Whether the keys of a proof can answer an auditor at all. */
export function isAuditable({ challenges }: Pick<AgreementProof, "challenges">): boolean {
  return challenges.every(({ method }) => method === "agreement");
}

/** What can be seen without the auditor: that the answers have their form. */
export function areAnswersFormed({ auditorAnswers = [] }: AgreementProof, keys: KeyPair): boolean {
  const bys = auditorAnswers.map(({ by }) => by);
  if (bys.some((by, index) => by !== (index % 2 === 0 ? "old" : "new")) || bys.length % 2 !== 0) return false;
  return auditorAnswers.every(
    ({ by, challenge, mac }) =>
      readPublicKey(keys[by].keyType, challenge) !== undefined && tryDecodeBase64Url(mac)?.length === 32,
  );
}

interface KeyPair {
  readonly old: PublicKey;
  readonly new: PublicKey;
}

/** Whether both keys answered this auditor for this payload, each rightly. */
export function areAuditorsAnswers(
  { auditorAnswers = [] }: AgreementProof,
  keys: KeyPair,
  payload: Uint8Array,
  auditor: readonly AuditorPrivateKey[],
): boolean {
  return (["old", "new"] as const).every((by) => {
    const publicKey = keys[by];
    const own = auditor.find(({ keyType }) => keyType === publicKey.keyType);
    const answer = auditorAnswers.find((one) => one.by === by && one.challenge === own?.publicKey);
    if (own === undefined || answer === undefined) return false;
    return answersTo({ ...answer, opening: own.privateKey }, publicKey, payload);
  });
}

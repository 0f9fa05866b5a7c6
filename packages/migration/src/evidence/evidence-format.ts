/** The evidence bundle: which files it has and what stands in them. docs/evidence.md describes it for readers elsewhere. */

import { createHash } from "node:crypto";
import { encodeBase64Url, type KeyType, type PublicJwk, type PublicKey } from "@keyrail/core";
import type { ItemCounts, JournalItem, RunState } from "../journal/journal.ts";
import type { PlannedKey } from "../plan/plan.ts";
import type { Proof } from "../proof/proof.ts";
import { readPublicKey } from "../proof/read-public-key.ts";

/** The version of the bundle this version writes and reads. */
export const EVIDENCE_VERSION = 1;

/** The files the manifest lists, in this order. */
export const EVIDENCE_FILES = [
  "README.txt",
  "plan.json",
  "run.json",
  "journal.jsonl",
  "keys.jsonl",
  "statements.jsonl",
  "timeline.jsonl",
  "audit.jsonl",
] as const;
export type EvidenceFileName = (typeof EVIDENCE_FILES)[number];

/** The list of files, and its signature. */
export const MANIFEST = "manifest.json";
export const MANIFEST_SIGNATURE = "manifest.jws";

/** The `typ` of the signed payload and, with `+jws`, of its header. */
export const EVIDENCE_TYPE = "keyrail-evidence";

/** One file of the bundle. */
export interface EvidenceFile {
  readonly path: EvidenceFileName;
  readonly bytes: number;
  /** `sha-256:` and base64url. */
  readonly digest: string;
}

/** Who signed the bundle. */
export interface EvidenceSigner {
  readonly keyType: KeyType;
  /** RFC 7638, SHA-256, base64url. */
  readonly jkt: string;
  readonly jwk: PublicJwk;
  /** Key URI; absent for a key that was made for this bundle and forgotten. */
  readonly uri?: string;
}

/** `manifest.json`. */
export interface EvidenceManifest {
  readonly format: typeof EVIDENCE_TYPE;
  readonly version: typeof EVIDENCE_VERSION;
  /** The run's id. */
  readonly run: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The plan's digest. */
  readonly plan: string;
  /** The journal's digest: that of `journal.jsonl`. */
  readonly journal: string;
  /** Keys of the plan. */
  readonly keys: number;
  readonly signer: EvidenceSigner;
  readonly files: readonly EvidenceFile[];
}

/** `run.json`. */
export interface EvidenceRun {
  readonly id: string;
  readonly state: RunState;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly plan: string;
  readonly journal: string;
  readonly counts: ItemCounts;
  /** The registry's audit records of the cut-overs. */
  readonly cutOvers: readonly string[];
}

/** How much was checked again. */
export interface CheckedKeys {
  readonly keys: number;
  /** Proofs, by what they rest on. */
  readonly proofs: number;
  /** Signatures over fresh messages. */
  readonly signatures: number;
  /** Keys whose proof only the holders of a secret key can check in full. */
  readonly secret: number;
  /** Proofs by answered challenges: each convinced the program that made the challenge. */
  readonly agreements: number;
  /** Those of them whose answers to the auditor were checked with the auditor's private keys. */
  readonly audited: number;
}

/** A line of `journal.jsonl`, read. */
export type JournalLine = Pick<
  JournalItem,
  "ordinal" | "strategy" | "state" | "target" | "targetPublicKey" | "proof" | "verification" | "error" | "updatedAt"
> & { readonly source: string };

/** A public key in the ways that other tools read. A `stark` key has no SPKI. */
interface PublicKeyForms {
  readonly spki?: string;
  readonly jwk?: PublicJwk;
  readonly jkt?: string;
}

function formsOf(publicKey: PublicKey | undefined): PublicKeyForms {
  if (publicKey === undefined) return {};
  const jwkAndThumbprint = { jwk: publicKey.toJwk(), jkt: publicKey.thumbprint() };
  return publicKey.keyType === "stark"
    ? jwkAndThumbprint
    : { spki: encodeBase64Url(publicKey.toSpki()), ...jwkAndThumbprint };
}

/** A line of `keys.jsonl`: both ends of one key. */
export function keysLine(planned: PlannedKey, item: Pick<JournalItem, "target" | "targetPublicKey">): string {
  const { ordinal, source } = planned;
  const { target, targetPublicKey } = item;
  const keyType = planned.target?.keyType ?? source.keyType;
  const read = (type: KeyType, text: string | undefined): PublicKeyForms =>
    formsOf(text === undefined ? undefined : readPublicKey(type, text));
  return JSON.stringify({
    ordinal,
    keyType: source.keyType,
    label: source.label,
    old: { uri: source.uri, ...read(source.keyType, source.publicKey) },
    ...(target === undefined ? {} : { new: { uri: target, ...read(keyType, targetPublicKey) } }),
  });
}

/** A line of `statements.jsonl`; undefined for a proof without a statement. That of a signature is a JWS (RFC 7515, 7.2.1). */
export function statementLine(ordinal: number, proof: Proof | undefined): string | undefined {
  switch (proof?.kind) {
    case "succession-signature": {
      const { payload, signatures } = proof.statement;
      return JSON.stringify({ ordinal, payload, signatures });
    }
    case "succession-agreement":
      return JSON.stringify({ ordinal, payload: proof.payload, challenges: proof.challenges });
    case "succession-mac":
      return JSON.stringify({ ordinal, payload: proof.payload, macs: proof.macs });
    case "same-key":
    case "none":
    case undefined:
      return undefined;
  }
}

/** The payload that is signed: the run, and the digest of `manifest.json`. */
export function signedPayload(run: string, manifestDigest: string): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({ typ: EVIDENCE_TYPE, version: EVIDENCE_VERSION, run, manifest: manifestDigest }),
  );
}

/** `sha-256:` and base64url of bytes or a UTF-8 text. */
export function digestOf(content: Uint8Array | string): string {
  return `sha-256:${encodeBase64Url(createHash("sha256").update(content).digest())}`;
}

/** `README.txt`. */
export const README = `Evidence of a key migration, made by Keyrail.

  plan.json         the plan as it was applied
  run.json          the run: its state, counts, digests
  journal.jsonl     what became of each key: state, new key, proof, checks (one JSON object a line)
  keys.jsonl        the public keys of both ends: SPKI, JWK, thumbprint (RFC 7638)
  statements.jsonl  succession statements; those that are signed are JWS, general JSON serialization (RFC 7515)
  timeline.jsonl    what happened, in order
  audit.jsonl       the registry's audit records of the cut-overs
  manifest.json     every file with its length and SHA-256
  manifest.jws      a signature over the digest of manifest.json (JWS, compact serialization)

The root digest is the SHA-256 of manifest.jws (sha256sum manifest.jws gives it in hexadecimal). Compare it with the one
that was noted when the bundle was made: without that, or the signer's public key from elsewhere, the bundle shows only that
its parts fit together.

  keyrail evidence verify FOLDER --digest DIGEST

checks all of it offline. Keyrail's documentation describes the format, and has a verifier that uses no Keyrail code.
`;

/** Checks what the files of a bundle say: every statement, every signature, and that all files tell of the same run. */

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { type PublicKey, tryDecodeBase64Url } from "@keyrail/core";
import type { z } from "zod";
import { ITEM_STATES, type ItemState } from "../journal/journal.ts";
import { openPlan } from "../plan/open-plan.ts";
import { linesOf } from "../plan/plan-lines.ts";
import type { PlannedKey } from "../plan/plan.ts";
import { type AuditorPrivateKey, isAuditable } from "../proof/auditor.ts";
import { checkProof } from "../proof/check-proof.ts";
import { readPublicKey } from "../proof/read-public-key.ts";
import { algorithmOfHeader, verifySignature } from "../proof/succession-algorithms.ts";
import type { VerificationCheck } from "../proof/verification.ts";
import {
  type CheckedKeys,
  type EvidenceManifest,
  type EvidenceRun,
  type JournalLine,
  keysLine,
  statementLine,
} from "./evidence-format.ts";
import { journalLineSchema, runSchema } from "./evidence-schemas.ts";
import type { Problems } from "./problems.ts";

type Tally = { -readonly [Name in keyof CheckedKeys]: number };

/** States in which the target's key was made, proved and checked. */
const DONE: readonly ItemState[] = ["verified", "finalised"];

/** How keys are checked. */
export interface CheckKeysOptions {
  readonly auditor?: readonly AuditorPrivateKey[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (keys: number) => void;
}

/** Reads plan, journal, keys and statements side by side, a key at a time. */
export async function checkKeys(
  folder: string,
  manifest: Omit<EvidenceManifest, "signer">,
  problems: Problems,
  { signal, onProgress, auditor }: CheckKeysOptions,
): Promise<CheckedKeys> {
  const run = await readRun(folder, manifest, problems);
  const plan = await openPlan(join(folder, "plan.json"), signal);
  if (plan.header.id !== manifest.run) problems.add("plan.json", "It is the plan of another run.");
  if (plan.summary.digest !== manifest.plan) problems.add("plan.json", "It is not the plan that the manifest names.");
  if (plan.summary.keys !== manifest.keys)
    problems.add("plan.json", "It has another number of keys than the manifest says.");
  const tally: Tally = { keys: 0, proofs: 0, signatures: 0, secret: 0, agreements: 0, audited: 0 };
  const counts = new Map<ItemState, number>();
  const ofRun = { id: manifest.run, planDigest: manifest.plan };
  const journal = lines(folder, "journal.jsonl");
  const keys = lines(folder, "keys.jsonl");
  const statements = lines(folder, "statements.jsonl");
  try {
    for await (const planned of plan.keys) {
      const item = readLine(journalLineSchema, await journal.next(), "journal.jsonl", planned.ordinal, problems);
      if (item === undefined) return tally;
      tally.keys++;
      counts.set(item.state, (counts.get(item.state) ?? 0) + 1);
      const complain = (file: string, reason: string): void => problems.add(file, reason, planned.ordinal);
      if ((await keys.next()).value !== keysLine(planned, item)) {
        complain("keys.jsonl", "It does not show the keys of plan and journal.");
      }
      const statement = statementLine(planned.ordinal, item.proof);
      if (statement !== undefined && (await statements.next()).value !== statement) {
        complain("statements.jsonl", "It does not show the statement of the journal.");
      }
      await checkItem(planned, item, ofRun, { tally, complain, auditor });
      if (tally.keys % 500 === 0) onProgress?.(tally.keys);
    }
    onProgress?.(tally.keys);
    for (const [name, rest] of [
      ["journal.jsonl", journal],
      ["keys.jsonl", keys],
      ["statements.jsonl", statements],
    ] as const) {
      if ((await rest.next()).done !== true) problems.add(name, "It has more lines than the plan has keys for.");
    }
  } finally {
    await Promise.all([journal, keys, statements].map((open) => open.return(undefined)));
  }
  if (run !== undefined) checkCounts(run, counts, problems);
  return tally;
}

async function readRun(
  folder: string,
  manifest: Omit<EvidenceManifest, "signer">,
  problems: Problems,
): Promise<EvidenceRun | undefined> {
  let text = "";
  for await (const line of lines(folder, "run.json")) text += line;
  const run = readLine(runSchema, { value: text, done: false }, "run.json", undefined, problems);
  const journal = manifest.files.find(({ path }) => path === "journal.jsonl");
  if (journal?.digest !== manifest.journal)
    problems.add("manifest.json", "The journal's digest is not that of journal.jsonl.");
  if (run === undefined) return undefined;
  if (run.id !== manifest.run || run.plan !== manifest.plan || run.journal !== manifest.journal) {
    problems.add("run.json", "It is of another run, plan or journal than the manifest.");
  }
  return run;
}

function checkCounts(run: EvidenceRun, counts: ReadonlyMap<ItemState, number>, problems: Problems): void {
  for (const state of ITEM_STATES) {
    const found = counts.get(state) ?? 0;
    if (run.counts[state] !== found) {
      problems.add("run.json", `It counts ${run.counts[state]} keys as ${state}; the journal has ${found}.`);
    }
  }
}

interface Checking {
  readonly tally: Tally;
  readonly complain: Complain;
  readonly auditor: readonly AuditorPrivateKey[] | undefined;
}

type Complain = (file: string, reason: string) => void;

async function checkItem(
  planned: PlannedKey,
  item: JournalLine,
  run: { readonly id: string; readonly planDigest: string },
  { tally, complain, auditor }: Checking,
): Promise<void> {
  const { state, target, proof, verification } = item;
  if (item.ordinal !== planned.ordinal || item.source !== planned.source.uri || item.strategy !== planned.strategy) {
    complain("journal.jsonl", "It tells of another key or strategy than the plan.");
    return;
  }
  if ((state === "retained") !== (planned.strategy === "retain")) {
    complain("journal.jsonl", "A key is retained if and only if the plan says so.");
  }
  if (DONE.includes(state) && (target === undefined || proof === undefined || verification?.passed !== true)) {
    complain("journal.jsonl", `It says "${state}" without a target key, a proof and a verification that passed.`);
  }
  const oldKey = keyOf(planned.source.keyType, planned.source.publicKey);
  const newKey = keyOf(planned.target?.keyType ?? planned.source.keyType, item.targetPublicKey);
  if (oldKey === null) complain("plan.json", "The source's public key can't be read.");
  if (newKey === null) complain("journal.jsonl", "The target's public key can't be read.");
  if (oldKey === null || newKey === null) return;
  if (proof !== undefined && target !== undefined) {
    const facts = { planned, run, targetKey: target, oldKey, newKey, ...(auditor === undefined ? {} : { auditor }) };
    const check = await checkProof(proof, facts);
    if (!check.passed) complain("journal.jsonl", check.detail);
    if (proof.kind === "succession-agreement") {
      tally.agreements++;
      if (check.passed && auditor !== undefined && isAuditable(proof)) tally.audited++;
    }
    tally.proofs++;
    if (proof.kind === "succession-mac" || (proof.kind === "same-key" && proof.compared === "result")) tally.secret++;
  }
  if (verification === undefined) return;
  if (verification.passed !== verification.checks.every(({ passed }) => passed)) {
    complain("journal.jsonl", "The verification's outcome is not that of its checks.");
  }
  for (const check of verification.checks) {
    if (check.name !== "signature" || !check.passed) continue;
    tally.signatures++;
    if (!(await signatureHolds(check, newKey, planned, run))) {
      complain("journal.jsonl", "The signature of the verification does not verify under the new key.");
    }
  }
}

/** The signature is by the new key, over a message that names this run, plan and key. */
async function signatureHolds(
  check: VerificationCheck,
  publicKey: PublicKey | undefined,
  { ordinal }: PlannedKey,
  run: { readonly id: string; readonly planDigest: string },
): Promise<boolean> {
  const message = tryDecodeBase64Url(check.message ?? "");
  const signature = tryDecodeBase64Url(check.signature ?? "");
  const how = publicKey && algorithmOfHeader(publicKey.keyType, check.algorithm ?? "");
  if (message === undefined || signature === undefined || how === undefined || publicKey === undefined) return false;
  const start = `keyrail verification\n${run.id}\n${run.planDigest}\n${ordinal}\n${publicKey.thumbprint()}\n`;
  if (!new TextDecoder().decode(message).startsWith(start)) return false;
  return verifySignature(how, publicKey, message, signature);
}

/** The key of a text; undefined without a text, null for a text that is no key. */
function keyOf(keyType: PlannedKey["source"]["keyType"], text: string | undefined): PublicKey | null | undefined {
  return text === undefined ? undefined : (readPublicKey(keyType, text) ?? null);
}

/** The lines of a file; one that is too long or not UTF-8 ends it. */
export async function* lines(folder: string, name: string): AsyncGenerator<string, undefined> {
  for await (const line of linesOf(createReadStream(join(folder, name)))) {
    if (line === undefined) return undefined;
    yield line.text;
  }
  return undefined;
}

/** A line as JSON of a schema; undefined, and a problem, for anything else. */
export function readLine<Value>(
  schema: z.ZodType<Value>,
  next: IteratorResult<string, undefined>,
  file: string,
  ordinal: number | undefined,
  problems: Problems,
): Value | undefined {
  if (next.done === true) {
    problems.add(file, "It ends too early, or a line of it can't be read.", ordinal);
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(next.value);
  } catch {
    problems.add(file, "A line of it is not JSON.", ordinal);
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  problems.add(file, `A line of it has a wrong "${path}".`, ordinal);
  return undefined;
}

/** Writes the evidence of a run. */

import { randomBytes } from "node:crypto";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { KeyrailError } from "@keyrail/core";
import type { Registry } from "@keyrail/registry";
import type { Journal, Run } from "../journal/journal.ts";
import { journalLine } from "../journal/journal-line.ts";
import { fileProblem } from "../plan/file-problem.ts";
import type { PlannedKey } from "../plan/plan.ts";
import { writePlan } from "../plan/write-plan.ts";
import {
  digestOf,
  EVIDENCE_FILES,
  EVIDENCE_TYPE,
  EVIDENCE_VERSION,
  type EvidenceFileName,
  type EvidenceManifest,
  type EvidenceRun,
  keysLine,
  MANIFEST,
  MANIFEST_SIGNATURE,
  README,
  signedPayload,
  statementLine,
} from "./evidence-format.ts";
import { FileWriter, type WrittenFile } from "./file-writer.ts";
import { hashFile } from "./hash-file.ts";
import { type EvidenceKey, freshSigner, type ManifestSigner, providerSigner } from "./sign-manifest.ts";

/** What {@link writeEvidence} takes. */
export interface WriteEvidenceOptions {
  readonly journal: Journal;
  /** The run's id. */
  readonly run: string;
  /** The folder to make; it must not be there. */
  readonly folder: string;
  /** Signs the bundle; without one a fresh Ed25519 key does, whose public half is in the bundle and nowhere else. */
  readonly signer?: EvidenceKey;
  /** Where the aliases of the run are: its audit records of the run go along. */
  readonly registry?: Registry;
  readonly signal?: AbortSignal;
  /** Called now and then with the keys that are written. */
  readonly onProgress?: (keys: number) => void;
}

/** What was written. */
export interface WrittenEvidence {
  readonly folder: string;
  /** The root digest: `sha-256:` and base64url over `manifest.jws`. Note it where the bundle is not. */
  readonly digest: string;
  readonly manifest: EvidenceManifest;
}

/** Keys between two reports of progress. */
const STEP = 500;

/**
 * Writes the bundle of a run as it stands. The folder is there whole or not at all. Reads the journal in two passes; memory
 * does not grow with the keys.
 *
 * @throws KeyrailError `InvalidRequest` when the folder is there already; `OperationRefused` while the run is being applied;
 *   `StoreUnavailable`, `Aborted`, `UnsupportedCapability` for a signer that can't sign; what the journal throws.
 */
export async function writeEvidence(options: WriteEvidenceOptions): Promise<WrittenEvidence> {
  const { journal, run: id } = options;
  const folder = resolve(options.folder);
  const run = await journal.run(id);
  if (run.state === "applying") throw stillGoing(run);
  if (await exists(folder)) {
    throw new KeyrailError("InvalidRequest", `${options.folder} exists already; name another folder.`, {
      path: "folder",
    });
  }
  const signer = options.signer === undefined ? freshSigner() : await providerSigner(options.signer);
  const temporary = join(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString("hex")}.new`);
  try {
    await mkdir(temporary);
    const written = await writeFiles(temporary, run, options, signer);
    await rename(temporary, folder);
    await syncFolder(dirname(folder));
    return { folder, ...written };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw fileProblem(error, options.folder);
  }
}

async function writeFiles(
  folder: string,
  run: Run,
  options: WriteEvidenceOptions,
  signer: ManifestSigner,
): Promise<Omit<WrittenEvidence, "folder">> {
  const { journal, registry, signal } = options;
  const files = new Map<EvidenceFileName, WrittenFile>();
  files.set("README.txt", await writeWhole(join(folder, "README.txt"), README));
  const planFile = join(folder, "plan.json");
  const plan = { header: run.header, keys: plannedKeys(journal, run.id) };
  const { digest } = await writePlan(planFile, plan, signal === undefined ? {} : { signal });
  if (digest !== run.summary.digest) throw changed(run, "the plan in the journal is not the one the run was made of");
  files.set("plan.json", await hashFile(planFile));
  const counts = await journal.counts(run.id);
  for (const [name, file] of await writeKeys(folder, run, options)) files.set(name, file);
  files.set("timeline.jsonl", await writeLines(join(folder, "timeline.jsonl"), journal.events(run.id)));
  files.set("audit.jsonl", await writeLines(join(folder, "audit.jsonl"), auditOf(registry, run)));
  const now = await journal.run(run.id);
  if (now.updatedAt !== run.updatedAt || JSON.stringify(await journal.counts(run.id)) !== JSON.stringify(counts)) {
    throw changed(run, "the run went on while its evidence was written");
  }
  const journalDigest = files.get("journal.jsonl")?.digest ?? "";
  const { id, state, createdAt, updatedAt, cutOvers, summary } = run;
  const facts: EvidenceRun = {
    id,
    state,
    createdAt,
    updatedAt,
    plan: summary.digest,
    journal: journalDigest,
    counts,
    cutOvers,
  };
  files.set("run.json", await writeWhole(join(folder, "run.json"), `${JSON.stringify(facts, undefined, 2)}\n`));

  const manifest: EvidenceManifest = {
    format: EVIDENCE_TYPE,
    version: EVIDENCE_VERSION,
    run: id,
    createdAt: Date.now(),
    plan: summary.digest,
    journal: journalDigest,
    keys: summary.keys,
    signer: signer.signer,
    files: EVIDENCE_FILES.map((path) => ({ path, ...(files.get(path) ?? { bytes: 0, digest: "" }) })),
  };
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  await writeWhole(join(folder, MANIFEST), text);
  const jws = await signer.sign(signedPayload(id, digestOf(text)), signal);
  await writeWhole(join(folder, MANIFEST_SIGNATURE), jws);
  await syncFolder(folder);
  return { digest: digestOf(jws), manifest };
}

/** The three files with a line per key, in one pass. */
async function writeKeys(
  folder: string,
  run: Run,
  { journal, signal, onProgress }: WriteEvidenceOptions,
): Promise<readonly (readonly [EvidenceFileName, WrittenFile])[]> {
  await using results = await FileWriter.create(join(folder, "journal.jsonl"));
  await using keys = await FileWriter.create(join(folder, "keys.jsonl"));
  await using statements = await FileWriter.create(join(folder, "statements.jsonl"));
  let count = 0;
  for await (const item of journal.items(run.id)) {
    if (signal?.aborted === true) {
      throw new KeyrailError(
        "Aborted",
        "Writing the evidence was aborted; nothing was left.",
        {},
        { cause: signal.reason },
      );
    }
    await results.line(journalLine(item));
    await keys.line(keysLine(item.planned, item));
    const statement = statementLine(item.ordinal, item.proof);
    if (statement !== undefined) await statements.line(statement);
    count++;
    if (count % STEP === 0) onProgress?.(count);
  }
  onProgress?.(count);
  return [
    ["journal.jsonl", await results.finish()],
    ["keys.jsonl", await keys.finish()],
    ["statements.jsonl", await statements.finish()],
  ];
}

async function* plannedKeys(journal: Journal, id: string): AsyncGenerator<PlannedKey, void> {
  for await (const { planned } of journal.items(id)) yield planned;
}

/** The records of the run, newest first: each without its switches, then its switches one by one. */
async function* auditOf(registry: Registry | undefined, run: Run): AsyncGenerator<object, void> {
  if (registry === undefined) return;
  for await (const { switches, ...record } of registry.audit({ run: run.id })) {
    yield { ...record, switches: switches.length };
    for (const one of switches) yield { record: record.id, ...one };
  }
}

async function writeLines(path: string, values: AsyncIterable<unknown>): Promise<WrittenFile> {
  await using file = await FileWriter.create(path);
  for await (const value of values) await file.line(JSON.stringify(value));
  return await file.finish();
}

async function writeWhole(path: string, text: string): Promise<WrittenFile> {
  await using file = await FileWriter.create(path);
  await file.write(text);
  return await file.finish();
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

function stillGoing({ id }: Run): KeyrailError<"OperationRefused"> {
  const text = `The run ${id} is being applied; pause it or wait until it is done, then write its evidence.`;
  return new KeyrailError("OperationRefused", text, {
    provider: "migration evidence",
    reason: "the run is being applied",
  });
}

function changed({ id }: Run, reason: string): KeyrailError<"OperationRefused"> {
  return new KeyrailError("OperationRefused", `The evidence of ${id} was not written: ${reason}.`, {
    provider: "migration evidence",
    reason,
  });
}

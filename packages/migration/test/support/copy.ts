/** A copy of a whole software store into another, and what it takes; each part is meant for a process of its own. */

import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type CreateRequest, encodeBase64Url, type KeyRecord, type Provider, wipe } from "@keyrail/core";
import { openPublicKey, prepareEngines, verify } from "@keyrail/crypto";
import { applyRun } from "../../src/apply/apply-run.ts";
import { openJournal } from "../../src/journal/open-journal.ts";
import { openPlan } from "../../src/plan/open-plan.ts";
import { planMigration } from "../../src/plan/plan-migration.ts";
import { writePlan } from "../../src/plan/write-plan.ts";
import { encodePublicKey } from "../../src/public-key-text.ts";
import { openSoftwareProvider } from "@keyrail/software";
import { copyPrimitives } from "./primitive-copy.ts";

const KINDS: readonly Omit<CreateRequest, "label">[] = [
  { keyType: "Ed25519", usages: ["sign", "verify"], extractable: true },
  { keyType: "P-256", usages: ["sign", "verify"], extractable: true },
];
/** Calls at once: as many as the executor makes. */
const IN_FLIGHT = 128;
/** Rows per transaction of the straight loop's journal: as many as the executor's. */
const BATCH = 500;

const sourceIn = (folder: string): string => join(folder, "source.sqlite");
const targetIn = (folder: string): string => join(folder, "target.sqlite");
const planIn = (folder: string): string => join(folder, "plan.json");
const journalIn = (folder: string): string => join(folder, "journal.sqlite");

/** Each key is used once: keeping many of them open for later would only take memory. */
function openStore(path: string): Promise<Provider> {
  const keyEncryptionKey = { bytes: new Uint8Array(32).fill(7) };
  return openSoftwareProvider({ store: { kind: "sqlite", path, keyEncryptionKey }, cacheBytes: 4 * 1024 * 1024 });
}

/** Runs `work` on each value, `IN_FLIGHT` at once. */
async function eachAtOnce<Value>(values: AsyncIterator<Value>, work: (value: Value) => Promise<void>): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let next = await values.next(); next.done !== true; next = await values.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** Makes the source: half Ed25519, half P-256, all extractable. */
export async function fillSource(folder: string, count: number): Promise<void> {
  await using source = await openStore(sourceIn(folder));
  const numbers = (async function* (): AsyncGenerator<number> {
    for (let number = 0; number < count; number++) yield number;
  })();
  await eachAtOnce(numbers, async (number) => {
    const kind = KINDS[number % KINDS.length];
    if (kind !== undefined) await source.keys.create({ ...kind, label: `key ${number}` });
  });
}

/** Plans the copy and takes the plan into a journal. */
export async function loadCopy(folder: string): Promise<void> {
  await using source = await openStore(sourceIn(folder));
  await using target = await openStore(targetIn(folder));
  await using journal = await openJournal({ database: journalIn(folder) });
  await writePlan(planIn(folder), planMigration({ source, target }));
  await journal.createRun(await openPlan(planIn(folder)), { worker: "copy" });
}

/** What a copy took. */
export interface CopyMeasure {
  readonly keys: number;
  readonly seconds: number;
  /** Time on a processor, which other work on the machine does not lengthen. */
  readonly cpuSeconds: number;
  /** Peak of this process. */
  readonly peakMegabytes: number;
}

/** Measures what it took to copy; the work returns how many keys it was. */
async function measured(work: () => Promise<number> | number): Promise<CopyMeasure> {
  const began = performance.now();
  const before = process.cpuUsage();
  const keys = await work();
  const { user, system } = process.cpuUsage(before);
  return {
    keys,
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1_000_000,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

/** Copies without ports. */
export function primitiveCopy(folder: string): Promise<CopyMeasure> {
  return measured(() => copyPrimitives(folder));
}

/** Copies by the executor. */
export async function applyCopy(folder: string): Promise<CopyMeasure> {
  await using source = await openStore(sourceIn(folder));
  await using target = await openStore(targetIn(folder));
  await using journal = await openJournal({ database: journalIn(folder) });
  const [run] = await journal.runs();
  return await measured(async () => {
    const ends = { source, target };
    const { counts } = await applyRun({ journal, run: run?.id ?? "", ...ends });
    if (counts.verified !== run?.summary.keys) throw new Error(`Only ${counts.verified} keys were verified.`);
    return counts.verified;
  });
}

/**
 * Resumes a copy that is done: the journal is opened, and looked through for keys that are left. Then every row of the
 * journal is read, as the report and the evidence do.
 */
export async function resumeCopy(folder: string): Promise<{ readonly seconds: number; readonly scanSeconds: number }> {
  await using source = await openStore(sourceIn(folder));
  await using target = await openStore(targetIn(folder));
  const began = performance.now();
  await using journal = await openJournal({ database: journalIn(folder) });
  const [run] = await journal.runs();
  if (run === undefined) throw new Error("There is no run.");
  await applyRun({ journal, run: run.id, source, target });
  const resumed = performance.now();
  let rows = 0;
  for await (const { state } of journal.items(run.id)) if (state === "verified") rows += 1;
  if (rows !== run.summary.keys) throw new Error(`The journal gave ${rows} rows.`);
  return { seconds: (resumed - began) / 1000, scanSeconds: (performance.now() - resumed) / 1000 };
}

/** Copies by a plain loop over the same ports, with the same checks and a journal of one row per key. */
export async function straightCopy(folder: string): Promise<CopyMeasure> {
  await using source = await openStore(sourceIn(folder));
  await using target = await openStore(targetIn(folder));
  const rows: [string, string, string, string][] = [];
  using journal = new DatabaseSync(journalIn(folder));
  journal.exec("pragma journal_mode = wal; pragma synchronous = full");
  journal.exec("create table copied (source text primary key, target text, public_key text, proof text) without rowid");
  const insert = journal.prepare("insert into copied values (?, ?, ?, ?)");
  const write = (): void => {
    journal.exec("begin");
    for (const row of rows.splice(0)) insert.run(...row);
    journal.exec("commit");
  };
  return await measured(async () => {
    let keys = 0;
    for (const keyType of ["Ed25519", "P-256"] as const) await prepareEngines(keyType);
    const records = (source.catalog?.list() ?? nothing())[Symbol.asyncIterator]();
    await eachAtOnce(records, async (record) => {
      rows.push(await copyKey(source, target, record));
      keys += 1;
      if (rows.length >= BATCH) write();
    });
    write();
    return keys;
  });
}

async function* nothing(): AsyncGenerator<KeyRecord, void> {}

async function copyKey(
  source: Provider,
  target: Provider,
  record: KeyRecord,
): Promise<[string, string, string, string]> {
  const { uri, usages, label, keyType, publicKey } = record;
  const exported = await source.keyExport?.export(uri);
  if (exported?.kind !== "private" || publicKey === undefined) throw new Error("The key gives no private half.");
  const { privateKey } = exported;
  const made = await target.keys.import(
    { kind: "private", privateKey, usages, label, extractable: true },
    { idempotencyKey: record.id, earlierAttempt: "none" },
  );
  wipe(privateKey.bytes);
  const found = await target.catalog?.get(made.uri);
  if (found?.publicKey === undefined || !found.publicKey.equals(publicKey)) throw new Error("Another key.");
  const algorithm = keyType === "P-256" ? "ES256" : "Ed25519";
  const message = new TextEncoder().encode(`copied ${uri} ${encodeBase64Url(randomBytes(16))}`);
  const signed = await target.signer?.sign({ key: made.uri, algorithm, message });
  const opened = openPublicKey(found.publicKey.keyType, found.publicKey.toRaw());
  if (signed === undefined || !verify(opened, { algorithm, message, signature: signed.signature })) {
    throw new Error("The copy does not sign.");
  }
  const digest = createHash("sha256").update(encodePublicKey(found.publicKey)).digest("base64url");
  const proof = { digest, message: encodeBase64Url(message), signature: encodeBase64Url(signed.signature) };
  return [uri, made.uri, encodePublicKey(found.publicKey), JSON.stringify(proof)];
}

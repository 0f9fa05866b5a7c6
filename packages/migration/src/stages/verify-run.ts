/** Verify: every key that was moved is looked at and used again, before anybody depends on it. */

import { type ApprovalTicket, isKeyrailError, type KeyrailError, type Provider } from "@keyrail/core";
import { failedVerification } from "../apply/failed-verification.ts";
import type { HeldItemUpdate, Journal, JournalItem, RecordedError, Run, RunState } from "../journal/journal.ts";
import { answerAuditor, type AuditorKey } from "../proof/auditor.ts";
import type { Proof } from "../proof/proof.ts";
import type { ProofTask } from "../proof/prove-key.ts";
import type { Verification } from "../proof/verification.ts";
import { takeCensus, type TargetCensus } from "../proof/target-census.ts";
import { verifyKey } from "../proof/verify-key.ts";
import { eachItem } from "./each-item.ts";
import { checkRunEnds, type StageOptions, stageRefused, workerName } from "./stage-options.ts";

/** What {@link verifyRun} is given. */
export interface VerifyRunOptions extends StageOptions {
  readonly source: Provider;
  readonly target: Provider;
  /** Public keys of an auditor: keys that agree and can't sign answer them, and the answers go into their proofs. */
  readonly auditor?: readonly AuditorKey[];
  /** Called after each key, with the keys so far and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@link verifyRun} found. */
export interface VerifyRunResult {
  readonly run: Run;
  /** Keys that passed every check. */
  readonly passed: number;
  /** Keys that did not; they are `failed` in the journal now, with what was wrong. */
  readonly failed: number;
  /** Keys whose use waits for an approval: they stay as they were verified before, and the next call asks for the same one. */
  readonly waiting: number;
  /** Keys whose use an approver refused: they stay as they were verified before, and the next call asks anew. */
  readonly denied: number;
}

type Outcome = "passed" | "failed" | "waiting" | "denied";

/** A run that was cut over may be verified again; it stays cut over. */
const VERIFIABLE: readonly RunState[] = ["applied", "verified", "cut-over"];

/**
 * Checks every verified key of the run again: the target's record and public key, the proof, one use per usage, and that no
 * other key at the target has its label and type unknown to the run. The run is `verified` when all passed, none failed before
 * and none waits for an approval or was refused one; else it stays `applied`, so that it can go on. Nothing is changed at
 * either end. Repeating it checks again. An approval that was asked for is not asked for again: it is taken up where it
 * stands, and an approved use counts until no key waits any more.
 *
 * @throws KeyrailError `OperationRefused` while keys are left to do, or when the run is not at this stage;
 *   `InvalidConfiguration` for providers that are not the run's; what the ports throw when an end can't be asked.
 */
export async function verifyRun(options: VerifyRunOptions): Promise<VerifyRunResult> {
  const { journal, source, target, onProgress } = options;
  const run = await journal.run(options.run);
  checkRunEnds(run, { source, target });
  await refuseUnfinished(journal, run);
  const total = (await journal.counts(run.id)).verified;
  const census = target.catalog === undefined ? undefined : await takeCensus(target, options.signal);
  const keys = new RunKeys(journal, run.id);
  let ticketed = false;
  const result: Record<Outcome, number> = { passed: 0, failed: 0, waiting: 0, denied: 0 };
  await eachItem(options, {
    name: "The verification",
    states: ["verified"],
    provider: target,
    begin: () => Object.assign(result, { passed: 0, failed: result.failed, waiting: 0, denied: 0 }),
    async work(item): Promise<HeldItemUpdate | undefined> {
      ticketed ||= item.ticket !== undefined;
      const [outcome, update] = await verifyItem(item, run, options, census, keys);
      result[outcome] += 1;
      onProgress?.(result.passed + result.failed + result.waiting + result.denied, total);
      return update;
    },
  });
  if (ticketed && result.waiting + result.denied === 0) await dropTickets(options);
  return { run: await tell(options, run, result), ...result };
}

async function refuseUnfinished(journal: Journal, run: Run): Promise<void> {
  const { planned, made, proved } = await journal.counts(run.id);
  const left = planned + made + proved;
  if (VERIFIABLE.includes(run.state) && left === 0) return;
  const why = left === 0 ? "" : `; ${left} keys of it are not done`;
  throw stageRefused(
    `The run ${run.id} is ${run.state}${why}. It is verified once it was applied, and before it is finalised or rolled back.`,
    `run is ${run.state}`,
  );
}

/** Checks one key. One that passes stays as it is, with the results it was verified by first. */
async function verifyItem(
  item: JournalItem,
  run: Run,
  options: VerifyRunOptions,
  census: TargetCensus | undefined,
  keys: RunKeys,
): Promise<readonly [Outcome, HeldItemUpdate | undefined]> {
  const { ordinal, ticket, error: earlier } = item;
  const decided = { ordinal, state: "verified", ticket: null, error: null } as const;
  try {
    const verification = await checksOf(item, run, options, census, keys);
    if (!verification.passed) return ["failed", failedVerification(item, verification, run.state === "cut-over")];
    const proof = await auditedProof(item, run, options);
    if (earlier === undefined && proof === undefined) return ["passed", undefined];
    return ["passed", { ordinal, state: "verified", error: null, ...(proof === undefined ? {} : { proof }) }];
  } catch (error) {
    if (isKeyrailError(error, "ApprovalPending")) return ["waiting", waiting(item, error.context.ticket)];
    if (isKeyrailError(error, "ApprovalDenied")) return ["denied", { ...decided, error: refusal(error) }];
    if (ticket === undefined || !isKeyrailError(error) || error.retry !== "never") throw error;
    // What the ticket stands for came to nothing, without anybody refusing it: it is asked for once more.
    const { ticket: _, ...without } = item;
    const [outcome, update] = await verifyItem(without, run, options, census, keys);
    return [outcome, outcome === "passed" ? { ...update, ...decided } : update];
  }
}

/** Approved uses have served when every key of the run was decided: the next verification asks for new ones. */
function dropTickets(options: VerifyRunOptions): Promise<void> {
  return eachItem(options, {
    name: "The verification",
    states: ["verified"],
    provider: options.target,
    work: async ({ ordinal, ticket }) =>
      ticket === undefined ? undefined : { ordinal, state: "verified", ticket: null },
  });
}

/** The ticket is kept for the next call. */
function waiting({ ordinal, ticket: known }: JournalItem, ticket: ApprovalTicket): HeldItemUpdate | undefined {
  return known?.reference === ticket.reference ? undefined : { ordinal, state: "verified", ticket };
}

function refusal({ code, message }: KeyrailError): RecordedError {
  return { code, message: message.toWellFormed() };
}

async function checksOf(
  item: JournalItem,
  run: Run,
  options: VerifyRunOptions,
  census: TargetCensus | undefined,
  keys: RunKeys,
): Promise<Verification> {
  const { target: targetKey, proof, ticket } = item;
  if (targetKey === undefined || proof === undefined) {
    const detail = "The journal has no key at the target, or no proof, for a key it calls verified.";
    return { at: Date.now(), passed: false, checks: [{ name: "proof", passed: false, detail }] };
  }
  return verifyKey({
    ...taskOf(item, targetKey, run, options),
    proof,
    ...(ticket === undefined ? {} : { ticket }),
    ...(census === undefined ? {} : { others: { census, isNamed: (uri) => keys.has(uri) } }),
  });
}

/** The proof of a key with its answers to the auditor; undefined when there is nothing to add. */
async function auditedProof(item: JournalItem, run: Run, options: VerifyRunOptions): Promise<Proof | undefined> {
  const { target: targetKey, proof } = item;
  if (options.auditor === undefined || targetKey === undefined || proof === undefined) return undefined;
  return answerAuditor(taskOf(item, targetKey, run, options), proof, options.auditor);
}

function taskOf(
  { planned, targetPublicKey }: JournalItem,
  targetKey: string,
  run: Run,
  { source, target, signal }: VerifyRunOptions,
): ProofTask {
  return {
    planned,
    run: { id: run.id, planDigest: run.summary.digest },
    source,
    target,
    targetKey,
    ...(targetPublicKey === undefined ? {} : { targetPublicKey }),
    ...(signal === undefined ? {} : { signal }),
  };
}

async function tell(
  options: VerifyRunOptions,
  run: Run,
  { passed, failed, waiting, denied }: Omit<VerifyRunResult, "run">,
): Promise<Run> {
  const { journal } = options;
  const refused = denied === 0 ? "" : ` Approvers refused the use of ${denied}.`;
  const text = `${passed} keys were verified again, ${failed} failed, ${waiting} wait for an approval.${refused}`;
  const event = { worker: workerName(options), kind: "verified", text } as const;
  const counts = await journal.counts(run.id);
  if (run.state === "applied" && counts.failed + counts.waiting + waiting + denied === 0) {
    return journal.changeRun(run.id, { from: ["applied"], to: "verified", event });
  }
  // A key that fails now takes the run back: it is not verified any more.
  if (run.state === "verified" && failed > 0) {
    return journal.changeRun(run.id, { from: ["verified"], to: "applied", event });
  }
  await journal.addEvent(run.id, event);
  return journal.run(run.id);
}

/** The run's keys at the target, read when they are first asked for: as a rule nobody asks. */
class RunKeys {
  readonly #journal: Journal;
  readonly #run: string;
  #uris: Promise<ReadonlySet<string>> | undefined;

  constructor(journal: Journal, run: string) {
    this.#journal = journal;
    this.#run = run;
  }

  async has(uri: string): Promise<boolean> {
    return (await (this.#uris ??= this.#read())).has(uri);
  }

  async #read(): Promise<ReadonlySet<string>> {
    const uris = new Set<string>();
    for await (const { target } of this.#journal.items(this.#run)) if (target !== undefined) uris.add(target);
    return uris;
  }
}

/** Verify: every key that was moved is looked at and used again, before anybody depends on it. */

import { isKeyrailError, type Provider } from "@keyrail/core";
import type { HeldItemUpdate, Journal, JournalItem, Run, RunState } from "../journal/journal.ts";
import type { Verification } from "../proof/verification.ts";
import { takeCensus, type TargetCensus } from "../proof/target-census.ts";
import { verifyKey } from "../proof/verify-key.ts";
import { eachItem } from "./each-item.ts";
import { checkRunEnds, type StageOptions, stageRefused, workerName } from "./stage-options.ts";

/** What {@link verifyRun} is given. */
export interface VerifyRunOptions extends StageOptions {
  readonly source: Provider;
  readonly target: Provider;
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
  /** Keys whose use waits for an approval: they stay as they were verified before. */
  readonly waiting: number;
}

/** A run that was cut over may be verified again; it stays cut over. */
const VERIFIABLE: readonly RunState[] = ["applied", "verified", "cut-over"];

/**
 * Checks every verified key of the run again: the target's record and public key, the proof, one use per usage, and that no
 * other key at the target has its label and type unknown to the run. The run is `verified` when all passed, none failed before
 * and none waits for an approval; else it stays `applied`, so that it can go on. Nothing is changed at either end. Repeating it checks again.
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
  const result = { passed: 0, failed: 0, waiting: 0 };
  await eachItem(options, {
    name: "The verification",
    states: ["verified"],
    provider: target,
    begin: () => Object.assign(result, { passed: 0, failed: result.failed, waiting: 0 }),
    async work(item): Promise<HeldItemUpdate | undefined> {
      const verification = await verifyItem(item, run, options, census, keys);
      const outcome = verification === undefined ? "waiting" : verification.passed ? "passed" : "failed";
      result[outcome] += 1;
      onProgress?.(result.passed + result.failed + result.waiting, total);
      // A key that passes stays as it is, with the results it was verified by first.
      return verification === undefined || verification.passed ? undefined : failureOf(item, verification);
    },
  });
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

/** The checks of one key; undefined when its use waits for an approval. */
async function verifyItem(
  { planned, target: targetKey, targetPublicKey, proof }: JournalItem,
  run: Run,
  { source, target, signal }: VerifyRunOptions,
  census: TargetCensus | undefined,
  keys: RunKeys,
): Promise<Verification | undefined> {
  if (targetKey === undefined || proof === undefined) {
    const detail = "The journal has no key at the target, or no proof, for a key it calls verified.";
    return { at: Date.now(), passed: false, checks: [{ name: "target record", passed: false, detail }] };
  }
  try {
    return await verifyKey({
      planned,
      run: { id: run.id, planDigest: run.summary.digest },
      source,
      target,
      targetKey,
      ...(targetPublicKey === undefined ? {} : { targetPublicKey }),
      proof,
      ...(census === undefined ? {} : { others: { census, isNamed: (uri) => keys.has(uri) } }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (isKeyrailError(error, "ApprovalPending")) return undefined;
    throw error;
  }
}

function failureOf({ ordinal }: JournalItem, verification: Verification): HeldItemUpdate {
  const { name, detail } = verification.checks.find(({ passed }) => !passed) ?? { name: "check", detail: "It failed." };
  const error = { code: "UnexpectedResponse", message: `The check "${name}" failed: ${detail}` };
  return { ordinal, state: "failed", verification, error };
}

async function tell(
  options: VerifyRunOptions,
  run: Run,
  { passed, failed, waiting }: Omit<VerifyRunResult, "run">,
): Promise<Run> {
  const { journal } = options;
  const text = `${passed} keys were verified again, ${failed} failed, ${waiting} wait for an approval.`;
  const event = { worker: workerName(options), kind: "verified", text } as const;
  const counts = await journal.counts(run.id);
  if (run.state === "applied" && counts.failed + counts.waiting === 0) {
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

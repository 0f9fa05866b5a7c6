/** One of several processes, on one machine or many, that share a run through PostgreSQL. */

import { KeyrailError, type Provider } from "@keyrail/core";
import { databaseLocation } from "@keyrail/database";
import type { Journal, Run } from "../journal/journal.ts";
import { openJournal } from "../journal/open-journal.ts";
import type { ApplyOptions, ApplyResult } from "./apply-options.ts";
import { reportProgress } from "./report-progress.ts";
import { APPLICABLE, beginApplying, endApplying, errorText, readyIn } from "./run-phases.ts";
import { SliceQueue } from "./slice-queue.ts";
import { WorkSession } from "./work-session.ts";

/** What {@link runWorker} is given. */
export interface RunWorkerOptions extends Omit<ApplyOptions, "journal" | "source" | "target" | "retryFailed"> {
  /** `postgres://…`: where the journal is. Its user may make the schema `keyrail_queue`, or finds it there. */
  readonly databaseUri: string;
  /** Opens the ends of the run in this process; they are closed when the worker ends. */
  readonly openProviders: (run: Run) => Promise<{ readonly source: Provider; readonly target: Provider }>;
  /** Keys per job; default 100. */
  readonly sliceSize?: number;
}

const DEFAULT_SLICE_SIZE = 100;
/** Slices at once: the next one fills in while the last keys of one are finished. */
const SLICES_AT_ONCE = 2;
/** Milliseconds between two looks whether the run is done. */
const LOOK = 1000;
/** Looks between two additions of slices that no job stands for, should one ever get lost. */
const LOOKS_PER_ADDITION = 15;

/**
 * Works on a run beside any number of other workers, until nothing is left to do or the run is stopped. The run is made
 * beforehand, with `createRun`. A worker may join and leave at any time; the keys of one that is killed are taken over
 * by the others: its jobs after some ten seconds without a sign of life, its keys by the journal's lease, so that no key
 * is ever made twice.
 *
 * Both vendors' limits are per process: give each worker its share of them in its providers' options.
 *
 * The signal makes this worker leave, and so does an error that would stop a run of one process: the others go on.
 *
 * @throws KeyrailError `InvalidConfiguration` when the database is no PostgreSQL; what stopped this worker, as `applyRun`.
 */
export async function runWorker(options: RunWorkerOptions): Promise<ApplyResult> {
  const { databaseUri, openProviders } = options;
  if (databaseLocation(databaseUri).kind !== "postgresql") {
    throw new KeyrailError(
      "InvalidConfiguration",
      "Several workers share a run through PostgreSQL; an SQLite journal is for one machine. Use applyRun, or a journal in PostgreSQL.",
      { path: "databaseUri" },
    );
  }
  await using journal = await openJournal({ database: databaseUri });
  const run = await journal.run(options.run);
  const { source, target } = await openProviders(run);
  try {
    return await workOn(run, { ...options, journal, source, target });
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

async function workOn(run: Run, options: ApplyOptions & RunWorkerOptions): Promise<ApplyResult> {
  const { journal } = options;
  await using session = await WorkSession.begin(options, run);
  await join(journal, run, session.worker);
  using progress = reportProgress(options);
  try {
    await shareSlices(session, options);
  } catch (error) {
    await sayLeft(journal, run.id, session.worker, errorText(error));
    throw error;
  }
  const outcome = await endOf(session, journal, run.id);
  await progress.last();
  return { outcome, counts: await journal.counts(run.id) };
}

async function endOf(session: WorkSession, journal: Journal, run: string): Promise<ApplyResult["outcome"]> {
  if (session.stopReason !== "signal") return endApplying(journal, run, session.worker, session.stopReason);
  await sayLeft(journal, run, session.worker, "it was asked to.");
  return "left";
}

/** What stops one worker need not stop the others: another machine may have other credentials and another network. */
async function sayLeft(journal: Journal, run: string, worker: string, why: string): Promise<void> {
  const event = { worker, kind: "apply-stopped", text: `A worker left: ${why}` } as const;
  // The journal may be what failed: then its own error is the one to tell.
  await journal.addEvent(run, event).catch(() => undefined);
}

/** The first worker begins the run and has failed keys tried again; the others find it under way. */
async function join(journal: Journal, run: Run, worker: string): Promise<void> {
  if (run.state === "applying") {
    const event = { worker, kind: "resumed", text: "A worker joined." } as const;
    await journal.changeRun(run.id, { from: APPLICABLE, to: "applying", event });
    return;
  }
  await beginApplying(journal, run, worker);
  await journal.retryFailed(run.id);
}

/** Takes slices from the queue until nothing is left. */
async function shareSlices(session: WorkSession, options: ApplyOptions & RunWorkerOptions): Promise<void> {
  const { journal, run, databaseUri, sliceSize = DEFAULT_SLICE_SIZE, waitForApprovals = false } = options;
  await using queue = await SliceQueue.open(databaseUri, run);
  await queue.add(await journal.readySlices(run, sliceSize));
  await queue.work(SLICES_AT_ONCE, (from) => workOnSlice(session, options, { from, to: from + sliceSize - 1 }));
  const worked = new AbortController();
  const asking = session.askForApprovalsUntil(worked.signal, options.approvals);
  try {
    for (let look = 1; !session.isStopping; look += 1) {
      const counts = await journal.counts(run);
      if (readyIn(counts) === 0 && (!waitForApprovals || counts.waiting === 0)) break;
      await session.pause(LOOK);
      if (look % LOOKS_PER_ADDITION === 0) await queue.add(await journal.readySlices(run, sliceSize));
    }
  } finally {
    worked.abort();
    await asking;
  }
  session.check();
}

/** @throws KeyrailError when the slice has to be looked at again: somebody else holds keys of it, or the work stops. */
async function workOnSlice(
  session: WorkSession,
  { journal, run, sliceSize = DEFAULT_SLICE_SIZE }: ApplyOptions & Pick<RunWorkerOptions, "sliceSize">,
  slice: { readonly from: number; readonly to: number },
): Promise<void> {
  await session.work(slice);
  session.check();
  const left = await journal.readySlices(run, sliceSize, slice);
  if (left.length === 0) return;
  throw new KeyrailError("OperationRefused", "Keys of this slice are left to do.", {
    provider: "migration",
    reason: session.isStopping ? "stopping" : "held by another worker",
  });
}

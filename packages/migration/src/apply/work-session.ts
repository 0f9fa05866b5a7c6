/** One process that works on a run: its lease, its writer, its steps, and what makes it stop. */

import { hostname } from "node:os";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { KeyrailError } from "@keyrail/core";
import type { Run, RunState, Slice, WorkerLease } from "../journal/journal.ts";
import type { WorkOptions } from "./apply-options.ts";
import { type ApprovalPace, ApprovalPoller, DEFAULT_APPROVAL_PACE } from "./approval-poller.ts";
import { ItemFeed } from "./item-feed.ts";
import { ItemWorker } from "./item-worker.ts";
import { JournalWriter } from "./journal-writer.ts";
import { DEFAULT_RETRY } from "./retry.ts";
import { stepsInFlight } from "./slots.ts";
import { ITEM_STEPS } from "./steps.ts";

/** Why a session stops before its work is done. */
export type StopReason = "signal" | Extract<RunState, "paused" | "cancelled">;

const DEFAULT_FIRST_FAILURES = 10;
/** Keys under way for each step in flight: so that a step begins as soon as another ends, whatever its key waits for. */
const KEYS_PER_STEP = 2;
/** Milliseconds between two looks at the run's state. */
const STATE_INTERVAL = 2000;

/** The name of this process in events. */
export function workerName(options: Pick<WorkOptions, "worker">): string {
  return options.worker ?? `${hostname()} ${process.pid}`;
}

/** Works on items until there are none, or until it is stopped. */
export class WorkSession implements AsyncDisposable {
  readonly #options: WorkOptions;
  readonly #lease: WorkerLease;
  readonly #writer: JournalWriter;
  readonly #worker: ItemWorker;
  readonly #inFlight: number;
  readonly #stopping = new AbortController();
  readonly #ended = new AbortController();
  readonly #background: Promise<void>;
  #stopReason: StopReason | undefined;
  #failure: { readonly error: unknown } | undefined;

  private constructor(options: WorkOptions, run: Run, lease: WorkerLease) {
    const { source, target, signal } = options;
    this.#options = options;
    this.#lease = lease;
    this.#writer = new JournalWriter(lease, (error) => this.#fail(error));
    this.#inFlight = options.inFlight ?? stepsInFlight(source, target);
    this.#worker = new ItemWorker({
      run: { id: run.id, planDigest: run.summary.digest },
      source,
      target,
      steps: options.steps ?? ITEM_STEPS,
      retry: { ...DEFAULT_RETRY, ...options.retry },
      inFlight: this.#inFlight,
      firstFailures: options.firstFailures ?? DEFAULT_FIRST_FAILURES,
      stopping: this.#stopping.signal,
      record: (update) => this.#writer.add(update),
      durable: () => this.#writer.flush(),
    });
    this.#stopping.signal.addEventListener("abort", () => options.onStopping?.(), { once: true });
    if (signal?.aborted === true) this.#stop("signal");
    signal?.addEventListener("abort", () => this.#stop("signal"), { once: true, signal: this.#ended.signal });
    this.#background = this.#keepLease();
  }

  /** Joins a run. @throws KeyrailError `InvalidConfiguration` when the providers are not those of the plan. */
  static async begin(options: WorkOptions, run: Run): Promise<WorkSession> {
    for (const end of ["source", "target"] as const) {
      if (options[end].uri === run.header[end].uri) continue;
      throw new KeyrailError(
        "InvalidConfiguration",
        `The plan's ${end} is ${run.header[end].uri}, but ${options[end].uri} was given.`,
        { path: end },
      );
    }
    const lease = await options.journal.join(run.id, workerName(options), options.lease);
    return new WorkSession(options, run, lease);
  }

  /** The name in the journal. */
  get worker(): string {
    return this.#lease.worker;
  }

  /** Why the session was stopped; undefined while it was not. */
  get stopReason(): StopReason | undefined {
    return this.#stopReason;
  }

  /** Whether no further step is begun: somebody stopped the session, or an error did. */
  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Works until no item of the slice is ready and none is under way, or until the session is stopped. Never rejects. */
  async work(slice?: Slice): Promise<void> {
    const keys = this.#inFlight * KEYS_PER_STEP;
    const feed = new ItemFeed(this.#lease, keys, slice);
    await Promise.all(Array.from({ length: keys }, () => this.#guarded(() => this.#lane(feed))));
    await this.#guarded(() => this.#writer.flush());
  }

  /** Asks once about every approval that keys of the slice wait for, and finishes those that were decided. Never rejects. */
  async askForApprovals(pace: Partial<ApprovalPace> | undefined, slice?: Slice): Promise<void> {
    const { source, target } = this.#options;
    const poller = new ApprovalPoller({
      lease: this.#lease,
      worker: this.#worker,
      providers: [source, target],
      pace: { ...DEFAULT_APPROVAL_PACE, ...pace },
      slice,
      stopping: this.#stopping.signal,
      flush: () => this.#writer.flush(),
    });
    await this.#guarded(() => poller.round());
  }

  /** Asks in rounds, at least once, until the signal says that there is no other work left. Never rejects. */
  async askForApprovalsUntil(worked: AbortSignal, pace: Partial<ApprovalPace> | undefined): Promise<void> {
    const rounds = pace?.rounds ?? DEFAULT_APPROVAL_PACE.rounds;
    do {
      await this.askForApprovals(pace);
      await this.pause(rounds, worked);
    } while (!worked.aborted && !this.isStopping);
  }

  /** Waits; not to the end when the session is stopped or the signal says so. */
  async pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const signals = [this.#stopping.signal, ...(signal === undefined ? [] : [signal])];
    await delay(milliseconds, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
  }

  /** @throws the error that stopped the session, if one did. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Gives back what is not done and leaves the run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#background;
    await this.#lease.leave();
  }

  async #lane(feed: ItemFeed): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const item = await feed.next();
      if (item === undefined || this.#stopping.signal.aborted) return;
      await this.#worker.work(item);
    }
  }

  /** Holds the lease, and looks whether somebody has paused or cancelled the run. */
  async #keepLease(): Promise<void> {
    const { journal, run } = this.#options;
    const interval = Math.min(STATE_INTERVAL, this.#lease.duration / 3);
    let renewed = performance.now();
    for (;;) {
      await delay(interval, undefined, { signal: this.#ended.signal, ref: false }).catch(() => undefined);
      if (this.#ended.signal.aborted) return;
      await this.#guarded(async () => {
        const state = await journal.state(run);
        if (state === "paused" || state === "cancelled") this.#stop(state);
        if (performance.now() - renewed < this.#lease.duration / 3) return;
        await this.#lease.renew();
        renewed = performance.now();
      });
      if (this.#failure !== undefined) return;
    }
  }

  #stop(reason: StopReason): void {
    this.#stopReason ??= reason;
    this.#stopping.abort();
  }

  /** The first error counts: it stops everything, and later ones follow from it. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stopping.abort();
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#fail(error);
    }
  }
}

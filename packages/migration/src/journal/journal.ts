/** The journal: what a run has done so far, durable before anything depends on it. */

import type { ApprovalTicket } from "@keyrail/core";
import type { PlannedKey, PlanHeader, PlanSummary, Strategy } from "../plan/plan.ts";
import type { Proof } from "../proof/proof.ts";
import type { Verification } from "../proof/verification.ts";

/**
 * Where a key of a run stands.
 *
 * - `planned`: nothing was done yet. `retained`: the plan says it stays; nothing will be done.
 * - `made`: the target holds the key; its URI and public half are in the journal.
 * - `waiting`: an approval at a vendor is pending; the ticket is in the journal.
 * - `proved`: the succession statement or the comparison is in the journal.
 * - `verified`: the new key was used and checked independently.
 * - `failed`: the last attempt failed for a reason that repeating does not mend; `error` says which. Resuming tries again.
 * - `rolled-back`: the key this run made at the target was removed again.
 * - `finalised`: the source's key was retired.
 */
export const ITEM_STATES = [
  "planned",
  "retained",
  "made",
  "waiting",
  "proved",
  "verified",
  "failed",
  "rolled-back",
  "finalised",
] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/** States in which there is something to do that no person has to decide, furthest first. */
export const READY_STATES = ["proved", "made", "planned"] as const;

/** Where a run stands. `applied`: no key is left to do (some may have failed). */
export const RUN_STATES = [
  "created",
  "applying",
  "paused",
  "cancelled",
  "applied",
  "verified",
  "cut-over",
  "finalised",
  "rolled-back",
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Why a key failed: a {@link KeyrailError} as data. */
export interface RecordedError {
  readonly code: string;
  readonly message: string;
  /** How often an approver has refused this key: the next attempt asks for an approval of its own. Absent for never. */
  readonly refusals?: number;
}

/** One key of a run. */
export interface JournalItem {
  readonly ordinal: number;
  readonly planned: PlannedKey;
  readonly strategy: Strategy;
  readonly state: ItemState;
  /** How many times work on it was begun. */
  readonly attempts: number;
  /** Key URI at the target, from `made` on. */
  readonly target?: string;
  /** The target's public half: SubjectPublicKeyInfo, DER, base64url. */
  readonly targetPublicKey?: string;
  readonly ticket?: ApprovalTicket;
  readonly proof?: Proof;
  readonly verification?: Verification;
  readonly error?: RecordedError;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
}

/** What changes on an item; what is absent stays as it is, `null` is taken away. */
export interface JournalUpdate {
  readonly ordinal: number;
  readonly state: ItemState;
  readonly target?: string | null;
  readonly targetPublicKey?: string | null;
  readonly ticket?: ApprovalTicket | null;
  readonly proof?: Proof | null;
  readonly verification?: Verification;
  readonly error?: RecordedError | null;
}

/** A run of a plan. */
export interface Run {
  /** The plan's id. */
  readonly id: string;
  readonly header: PlanHeader;
  readonly summary: PlanSummary;
  readonly state: RunState;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The registry's audit record of the cut-overs, oldest first. */
  readonly cutOvers: readonly string[];
}

/** What can happen in a run. */
export const EVENT_KINDS = [
  "run-created",
  "apply-started",
  "apply-stopped",
  "paused",
  "resumed",
  "cancelled",
  "applied",
  "verified",
  "cut-over",
  "rolled-back",
  "finalised",
  "worker-lost",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Something that happened in a run: the timeline of the report. Never a secret. */
export interface JournalEvent {
  /** From 1 in each run, without gaps. */
  readonly sequence: number;
  readonly at: number;
  /** Which process. */
  readonly worker: string;
  readonly kind: EventKind;
  /** One sentence. */
  readonly text: string;
}

/** How many items stand in each state. */
export type ItemCounts = Readonly<Record<ItemState, number>>;

/** A plan to make a run of. The keys come in the order of their ordinals, from 0, without gaps. */
export interface PlanToRun {
  readonly header: PlanHeader;
  readonly summary: PlanSummary;
  readonly keys: Iterable<PlannedKey> | AsyncIterable<PlannedKey>;
}

/** Options of {@link Journal.createRun}. */
export interface CreateRunOptions {
  /** Which process, for the event. */
  readonly worker: string;
  readonly signal?: AbortSignal;
  /** Called after each batch with the keys that are in the journal by then. */
  readonly onProgress?: (loaded: number) => void;
}

/** A change of a run's state, with the event that tells of it. */
export interface RunChange {
  /** The states the run must be in now. */
  readonly from: readonly RunState[];
  readonly to: RunState;
  readonly event: NewJournalEvent;
}

/** An event to be written; sequence and time are given by the journal. */
export type NewJournalEvent = Omit<JournalEvent, "sequence" | "at">;

/** Which items to give, and in which order. */
export interface ItemFilter {
  /** Only these states, one state after the other in the order given. Absent: every item, by ordinal. */
  readonly states?: readonly ItemState[];
  /** Only ordinals from this one on. */
  readonly from?: number;
  /** Failed items first, then the rest. Not together with `states`. */
  readonly failuresFirst?: boolean;
}

/** A part of a run: ordinals from `from` to `to`, both included. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** Which items are taken for work: see {@link WorkerLease.claim}. */
export interface ClaimRequest extends Partial<Slice> {
  /** In which states; the first state with free items is emptied first. */
  readonly states: readonly ItemState[];
  /** At most so many items. */
  readonly limit: number;
  /** False when items are only looked at, not tried: no attempt is counted. Default true. */
  readonly counted?: boolean;
}

/** How a lease is held. */
export interface LeaseOptions {
  /** Milliseconds for which each renewal holds; default 60,000. Renew at a third of it. */
  readonly duration?: number;
  /**
   * Milliseconds that the items of a worker whose process is known to be dead are left alone after its last sign of
   * life, so that a request it had sent can still have its effect; default 5,000. Items of a worker of which nothing
   * is known, on another machine, are left alone until its lease ends.
   */
  readonly settle?: number;
}

/** A change of an item by the worker that holds it. */
export interface HeldItemUpdate extends JournalUpdate {
  /** The worker goes on with the item. Otherwise the item is free again for whoever claims it. Default false. */
  readonly keep?: boolean;
}

/**
 * The right of one worker to work on the items it has claimed. A worker that does not renew its lease in time loses all
 * its items to the others: every later call of its rejects with `OperationRefused` and nothing of it is written, so that
 * no item ever has two workers.
 */
export interface WorkerLease extends AsyncDisposable {
  /** The name in events, with an ending of its own: no two leases have the same. */
  readonly worker: string;
  /** Milliseconds for which each renewal holds. */
  readonly duration: number;
  /** Holds the lease for `duration` more; every `claim` and `record` does so too. */
  renew(): Promise<void>;
  /** Takes free items, in the order of their ordinals, and counts an attempt on each. Takes over from workers whose lease ended. */
  claim(request: ClaimRequest): Promise<readonly JournalItem[]>;
  /** Writes changes of items this worker holds: all of them, durable when it resolves, or none. */
  record(updates: readonly HeldItemUpdate[]): Promise<void>;
  /** Gives items back unchanged. */
  release(ordinals: readonly number[]): Promise<void>;
  /** Gives back every item and ends the lease. Safe to call twice. */
  leave(): Promise<void>;
}

/**
 * The journal of migration runs: one SQLite file, or PostgreSQL for workers on several machines. What a call wrote is
 * durable when it resolves.
 *
 * Errors: `InvalidRequest` (no such run), `OperationRefused` (the run or an item is not as the call needs it),
 * `IntegrityFailed` (the journal holds what no journal writes), `StoreUnavailable`, `Closed`, `Aborted`.
 */
export interface Journal extends AsyncDisposable {
  /** Where it is kept, for people; no user name, no password. */
  readonly location: string;
  /**
   * Makes the run of a plan and takes the plan's keys in, batch by batch. When an earlier attempt broke off, it goes on
   * where that one stood. `OperationRefused` when the plan has a run already, or when another plan has this id.
   */
  createRun(plan: PlanToRun, options: CreateRunOptions): Promise<Run>;
  /** `InvalidRequest` when there is none. */
  run(id: string): Promise<Run>;
  /** Newest first. */
  runs(): Promise<readonly Run[]>;
  /** Changes the state of a run. `OperationRefused` when it is in none of the states of `from`; nothing is changed then. */
  changeRun(id: string, change: RunChange): Promise<Run>;
  addEvent(id: string, event: NewJournalEvent): Promise<void>;
  /** Oldest first, page by page. */
  events(id: string): AsyncIterable<JournalEvent>;
  /** Adds the registry's audit record of a cut-over to the run. Adding one twice changes nothing. */
  addCutOver(id: string, auditId: string): Promise<void>;
  /** The state alone, at less cost than {@link Journal.run}. */
  state(id: string): Promise<RunState>;
  /** Exact, and costs the same however many items there are. */
  counts(id: string): Promise<ItemCounts>;
  /** As {@link Journal.counts}, for each strategy. */
  strategyCounts(id: string): Promise<Readonly<Record<Strategy, ItemCounts>>>;
  /** Page by page. An item whose state changes meanwhile may be given twice or, with `states`, not at all. */
  items(id: string, filter?: ItemFilter): AsyncIterable<JournalItem>;
  /** Undefined when the run has no such item. */
  item(id: string, ordinal: number): Promise<JournalItem | undefined>;
  /** Makes a lease for one worker. `name` is shown in events. */
  join(id: string, name: string, options?: LeaseOptions): Promise<WorkerLease>;
  /**
   * First ordinals of the slices of `size` ordinals that hold an item which is `planned`, `made` or `proved`, held by a
   * worker or not; ascending. `within` asks for one slice.
   */
  readySlices(id: string, size: number, within?: Slice): Promise<readonly number[]>;
  /** Gives failed items back to the state they had reached; returns how many. Items that a worker holds are left alone. */
  retryFailed(id: string): Promise<number>;
  /** `sha-256:` and base64url, over the lines of {@link journalLine} of every item by ordinal, each ended by a line feed. */
  digest(id: string): Promise<string>;
  close(): Promise<void>;
}

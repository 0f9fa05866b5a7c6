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
  readonly target?: string;
  readonly targetPublicKey?: string;
  readonly ticket?: ApprovalTicket | null;
  readonly proof?: Proof;
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

/** Something that happened in a run: the timeline of the report. Never a secret. */
export interface JournalEvent {
  /** From 1 in each run, without gaps. */
  readonly sequence: number;
  readonly at: number;
  /** Which process. */
  readonly worker: string;
  readonly kind:
    | "run-created"
    | "apply-started"
    | "apply-stopped"
    | "paused"
    | "resumed"
    | "cancelled"
    | "applied"
    | "verified"
    | "cut-over"
    | "rolled-back"
    | "finalised"
    | "worker-lost";
  /** One sentence. */
  readonly text: string;
}

/** How many items stand in each state. */
export type ItemCounts = Readonly<Record<ItemState, number>>;

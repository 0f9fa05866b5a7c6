/** What is done with one key after it was made at the target; given to the executor, so that it can be watched. */

import type { ApprovalTicket, Provider } from "@keyrail/core";
import type { PlannedKey } from "../plan/plan.ts";
import type { Proof } from "../proof/proof.ts";
import { proveKey } from "../proof/prove-key.ts";
import type { Verification } from "../proof/verification.ts";
import { verifyKey } from "../proof/verify-key.ts";

/** What a step is given. */
export interface StepTask {
  readonly planned: PlannedKey;
  readonly run: { readonly id: string; readonly planDigest: string };
  readonly source: Provider;
  readonly target: Provider;
  /** Key URI at the target. */
  readonly targetKey: string;
  /** Its public half as the journal has it. */
  readonly targetPublicKey?: string;
  readonly signal?: AbortSignal;
  /** The ticket of an earlier call that ended with `ApprovalPending`. */
  readonly ticket?: ApprovalTicket;
  /** How often an approver has refused. */
  readonly attempt?: number;
}

/** The steps; both may be repeated at will, and both may reject with `ApprovalPending`. */
export interface ItemSteps {
  prove(task: StepTask): Promise<Proof>;
  verify(task: StepTask & { readonly proof: Proof }): Promise<Verification>;
}

/** The steps of every migration. */
export const ITEM_STEPS: ItemSteps = { prove: proveKey, verify: verifyKey };

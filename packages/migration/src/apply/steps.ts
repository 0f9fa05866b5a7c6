/** What is done with one key after it was made at the target; given to the executor, so that it can be watched. */

import type { Proof } from "../proof/proof.ts";
import { type ProofTask, proveKey } from "../proof/prove-key.ts";
import type { Verification } from "../proof/verification.ts";
import { verifyKey } from "../proof/verify-key.ts";

/** What a step is given. */
export type StepTask = ProofTask;

/** The steps; both may be repeated at will, and both may reject with `ApprovalPending`. */
export interface ItemSteps {
  prove(task: StepTask): Promise<Proof>;
  verify(task: StepTask & { readonly proof: Proof }): Promise<Verification>;
}

/** The steps of every migration. */
export const ITEM_STEPS: ItemSteps = { prove: proveKey, verify: verifyKey };

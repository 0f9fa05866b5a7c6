import type { ApprovalTicket } from "../errors.ts";
import type { CallOptions } from "./call-options.ts";
import type { Signature, SignRequest } from "./signer.ts";

/** An operation that is done, or waits for a vendor's approval. */
export type ApprovalOutcome<Result> =
  | { readonly status: "done"; readonly result: Result }
  | { readonly status: "pending"; readonly ticket: ApprovalTicket };

/** For providers where people decide: an approval is a result, not a failure. */
export interface Approvals {
  /** Signs, or gives the ticket of the approval that is needed first. */
  requestSignature(request: SignRequest, options?: CallOptions): Promise<ApprovalOutcome<Signature>>;
  /**
   * Finishes what a ticket stands for, in this or any other process. Still pending: the ticket again. Rejects with
   * `ApprovalDenied` when an approver refused.
   */
  resume(ticket: ApprovalTicket, options?: CallOptions): Promise<ApprovalOutcome<Signature>>;
}

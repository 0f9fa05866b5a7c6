/** `Signer` and the finishing of approvals over `/keys/{id}/signatures` (dfns.md, section 5). */

import { createHash } from "node:crypto";
import {
  type ApprovalOutcome,
  type ApprovalTicket,
  type CallOptions,
  KeyrailError,
  printable,
  type Signature,
  type Signer,
  type SignRequest,
} from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import { LostAnswer } from "../client/lost-answer.ts";
import { CallBudget } from "../client/call-budget.ts";
import { createSignature, getSignature } from "../client/requests.ts";
import type { DfnsSignature } from "../client/schemas.ts";
import type { KeyDirectory } from "../keys/key-directory.ts";
import { PROVIDER_NAME } from "../mapping.ts";
import { ticketOf, readTicket } from "./approval-ticket.ts";
import { planOf, signatureBody, signatureOf, type SigningPlan, verifiedSignature } from "./signing-plan.ts";

/** What the signer is made of. */
export interface DfnsSignerOptions {
  readonly api: ApiClient;
  readonly directory: KeyDirectory;
  /** The provider URI. */
  readonly uri: string;
  /** Milliseconds between two looks at a request that waits for an approval. */
  readonly approvalPollInterval: number;
}

/** How long a signature that is being made is waited for when the caller names no deadline, milliseconds. */
const EXECUTING_PATIENCE = 60_000;
const FIRST_POLL = 100;
const LONGEST_EXTERNAL_ID = 50;

type Outcome =
  | { readonly status: "signed"; readonly answer: DfnsSignature }
  | { readonly status: "pending"; readonly answer: DfnsSignature };

/** Signs. */
export class DfnsSigner implements Signer {
  readonly #options: DfnsSignerOptions;

  constructor(options: DfnsSignerOptions) {
    this.#options = options;
  }

  /** @throws KeyrailError `ApprovalPending` with a ticket, `ApprovalDenied`, `UsageNotPermitted`, `OperationRefused`. */
  async sign(request: SignRequest, options?: CallOptions): Promise<Signature> {
    const { directory, uri } = this.#options;
    const call = new CallBudget("sign", options);
    const facts = await directory.facts(request.key, call);
    const plan = planOf(request, facts);
    const outcome = await this.#finished(await this.#request(facts.id, plan, options, call), call, options);
    // The wrapper around this adapter verifies the signature under the public key.
    if (outcome.status === "signed") return signatureOf(plan, outcome.answer, facts);
    const ticket = ticketOf(plan, outcome.answer, `${uri}/${facts.id}`);
    throw new KeyrailError(
      "ApprovalPending",
      `Dfns waits for an approval of the signature ${outcome.answer.id}; the ticket finishes it later.`,
      { ticket },
    );
  }

  /** Finishes what a ticket stands for; the signature is verified here. */
  async resume(ticket: ApprovalTicket, options?: CallOptions): Promise<ApprovalOutcome<Signature>> {
    const { api, directory } = this.#options;
    const call = new CallBudget("resume", options);
    const { keyId, signatureId, planFor } = readTicket(ticket);
    const facts = await directory.facts(keyId, call);
    const first = await api.read(getSignature(keyId, signatureId), call);
    const plan = planFor(first);
    const outcome = await this.#finished(first, call, options);
    if (outcome.status === "pending") return { status: "pending", ticket };
    return { status: "done", result: await verifiedSignature(plan, outcome.answer, facts) };
  }

  async #request(
    keyId: string,
    plan: SigningPlan,
    options: CallOptions | undefined,
    call: CallBudget,
  ): Promise<DfnsSignature> {
    const { api } = this.#options;
    const idempotencyKey = options?.idempotencyKey;
    const body = signatureBody(plan, idempotencyKey === undefined ? undefined : externalIdOf(idempotencyKey));
    const request = createSignature(keyId, body, idempotencyKey);
    try {
      return await api.change(request, call);
    } catch (error) {
      if (!(error instanceof LostAnswer)) throw error;
      const { code } = error.error;
      if (idempotencyKey === undefined || code === "Aborted" || code === "DeadlineExceeded") throw error.error;
      // The same body with the same externalId gives the signature that is there (dfns.md, section 10).
      return api.changeUnsettled(request, call);
    }
  }

  /**
   * Waits while it is being made, and for an approval if the caller wants that: until a little before his deadline, so
   * that he gets the ticket and not just the news that time is up.
   */
  async #finished(first: DfnsSignature, call: CallBudget, options: CallOptions | undefined): Promise<Outcome> {
    const { api, approvalPollInterval } = this.#options;
    const waitsForApproval = options?.approval === "wait";
    const patience = performance.now() + EXECUTING_PATIENCE;
    const reserve = ticketReserve(options?.timeout);
    let answer = first;
    for (let poll = FIRST_POLL; ; poll = Math.min(2 * poll, approvalPollInterval)) {
      const state = stateOf(answer);
      if (state === "signed") return { status: "signed", answer };
      const left = state === "pending" && call.remaining !== undefined ? call.remaining - reserve : undefined;
      if (state === "pending" && (!waitsForApproval || (left !== undefined && left <= 0))) {
        return { status: "pending", answer };
      }
      if (state === "executing" && options?.timeout === undefined && performance.now() > patience) {
        return { status: "pending", answer };
      }
      await call.wait(Math.min(poll, approvalPollInterval, left ?? poll));
      answer = await api.read(getSignature(answer.keyId, answer.id), call);
    }
  }
}

/** Milliseconds before a deadline at which waiting for an approval ends: enough for one last look. */
function ticketReserve(timeout: number | undefined): number {
  return Math.min(1000, Math.max(50, (timeout ?? 0) / 10));
}

/** What a status means (dfns.md, section 5). @throws KeyrailError for those that end without a signature. */
function stateOf({ id, status, reason }: DfnsSignature): "signed" | "pending" | "executing" {
  const why = reason ? `: ${printable(reason, 200)}` : "";
  switch (status) {
    case "Signed":
    case "Confirmed":
      return "signed";
    case "Pending":
      return "pending";
    case "Executing":
      return "executing";
    case "Rejected":
      throw new KeyrailError("ApprovalDenied", `An approver refused the signature ${id}${why}.`, {
        provider: PROVIDER_NAME,
        ...(reason ? { reason: printable(reason, 200) } : {}),
      });
    case "Failed":
      throw new KeyrailError("OperationRefused", `Dfns failed to make the signature ${id}${why}.`, {
        provider: PROVIDER_NAME,
        reason: reason ? printable(reason, 200) : "failed",
      });
    default:
      throw new KeyrailError(
        "UnexpectedResponse",
        `Dfns says "${printable(status, 40)}" of the signature ${id}, which this version of Keyrail does not know.`,
        { provider: PROVIDER_NAME, reason: "unknown status" },
      );
  }
}

/** `externalId`: the idempotency key itself where it fits (1 to 50 characters), else a hash of it. */
export function externalIdOf(idempotencyKey: string): string {
  if (idempotencyKey.length <= LONGEST_EXTERNAL_ID) return idempotencyKey;
  return `keyrail-${createHash("sha256").update(idempotencyKey).digest("base64url").slice(0, 42)}`;
}

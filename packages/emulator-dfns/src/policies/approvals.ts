import { KeyrailError } from "@keyrail/core";
import { ApiError, notFound } from "../api-error.ts";
import { decidedApprovalStatus, selfApprovalStatus } from "../assumptions.ts";
import { type Clock, isoDate } from "../clock.ts";
import { type Page, type PageQuery, page } from "../http/pagination.ts";
import { newId } from "../ids.ts";
import { type SignatureEntity, signatureObject } from "../signatures/signature-repository.ts";

export type Decision = "Approved" | "Denied";

/** An approval request. Times in ms since 1970. */
export interface Approval {
  readonly sequence: number;
  readonly id: string;
  readonly initiatorId: string;
  readonly signature: SignatureEntity;
  readonly policyIds: readonly string[];
  readonly dateCreated: number;
  status: "Pending" | Decision;
  dateResolved: number | undefined;
  readonly decisions: {
    readonly userId: string;
    readonly value: Decision;
    readonly reason: string | null;
    readonly date: number;
  }[];
}

interface Entry {
  readonly approval: Approval;
  readonly onDecided: (approval: Approval) => void;
}

/** Approvals of signature requests: one decision settles one (quorums are not emulated). */
export class Approvals {
  readonly #clock: Clock;
  readonly #all: Approval[] = [];
  readonly #byId = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  request(
    initiatorId: string,
    signature: SignatureEntity,
    policyIds: readonly string[],
    onDecided: (approval: Approval) => void,
  ): Approval {
    const approval: Approval = {
      sequence: this.#all.length,
      id: newId("ap"),
      initiatorId,
      signature,
      policyIds,
      dateCreated: this.#clock.now(),
      status: "Pending",
      dateResolved: undefined,
      decisions: [],
    };
    this.#all.push(approval);
    this.#byId.set(approval.id, { approval, onDecided });
    return approval;
  }

  /** @throws ApiError 404 */
  get(id: string): Approval {
    const entry = this.#byId.get(id);
    if (entry === undefined) throw notFound("Approval not found");
    return entry.approval;
  }

  list(query: PageQuery, wanted: (approval: Approval) => boolean): Page<Approval> {
    return page(this.#all, query, wanted);
  }

  /** Ids of what waits for a decision, oldest first. */
  pending(): readonly string[] {
    return this.#all.filter(({ status }) => status === "Pending").map(({ id }) => id);
  }

  /** A decision over the API. @throws ApiError 404, 400 when it is decided, 403 when the initiator approves. */
  decide(id: string, userId: string, value: Decision, reason: string | undefined): Approval {
    const approval = this.get(id);
    if (approval.status !== "Pending") throw new ApiError(decidedApprovalStatus, "The approval is already decided");
    if (value === "Approved" && approval.initiatorId === userId) {
      throw new ApiError(selfApprovalStatus, "The initiator can't approve his own request");
    }
    approval.decisions.push({ userId, value, reason: reason ?? null, date: this.#clock.now() });
    approval.status = value;
    approval.dateResolved = this.#clock.now();
    this.#byId.get(id)?.onDecided(approval);
    return approval;
  }

  /** A decision from outside the API (program, control endpoint, fault plan). @throws KeyrailError `InvalidRequest`. */
  decideAsSystem(id: string, value: Decision, reason?: string): void {
    if (this.#byId.get(id)?.approval.status !== "Pending") {
      throw new KeyrailError("InvalidRequest", "There is no pending approval of that id.", { path: "approvalId" });
    }
    this.decide(id, "us-emulator-system", value, reason);
  }
}

/** The approval object of the API, as the official SDK's types have it. */
export function approvalObject(approval: Approval): Record<string, unknown> {
  const { id, initiatorId, status, dateCreated, dateResolved, policyIds, decisions } = approval;
  return {
    id,
    initiatorId,
    activity: { kind: "Wallets:Sign", signatureRequest: signatureObject(approval.signature) },
    status,
    dateCreated: isoDate(dateCreated),
    dateUpdated: isoDate(dateResolved ?? dateCreated),
    ...(dateResolved === undefined ? {} : { dateResolved: isoDate(dateResolved) }),
    policyEvaluations: policyIds.map((policyId) => ({
      policyId,
      triggered: true,
      reason: "The policy always triggers.",
    })),
    decisions: decisions.map((decision) => ({ ...decision, date: isoDate(decision.date) })),
  };
}

import { ApiError, badRequest } from "../api-error.ts";
import { archivedKeyStatus, blockedByPolicyMessage } from "../assumptions.ts";
import type { Caller } from "../auth/bearer.ts";
import type { FaultEffects } from "../faults/fault.ts";
import { isArchived } from "../keys/key-entity.ts";
import type { Approval } from "../policies/approvals.ts";
import type { Services } from "../services.ts";
import { type PlannedSignature, planSignature } from "./sign-request.ts";
import type { SignatureBody } from "./signature-body.ts";
import type { SignatureEntity } from "./signature-repository.ts";

/**
 * Creates a signature request: signed at once, or pending when a policy (or the fault plan) asks for an approval.
 * @throws ApiError 400 (kind, archived key), 403 (blocked by policy), 404 (key), 409 (externalId used differently).
 */
export function generateSignature(
  keyId: string,
  body: SignatureBody,
  { caller, effects }: { readonly caller: Caller; readonly effects: FaultEffects },
  services: Services,
): SignatureEntity {
  const { keys, signatures, features, policies, approvals, clock } = services;
  const key = keys.visible(keyId, caller);
  const repeated = signatures.repeated(key.id, body);
  if (repeated !== undefined) return repeated;
  if (isArchived(key)) throw new ApiError(archivedKeyStatus, "Key is archived");
  if (features.forbidSigningAfterExport && key.dateExported !== undefined)
    throw badRequest("An exported key can't sign");
  const plan = planSignature(body, key);
  const verdict = policies.evaluate(key.id, caller.user.id);
  if (verdict.action === "Block") throw new ApiError(403, blockedByPolicyMessage);
  const entity = signatures.add(key.id, { userId: caller.user.id, tokenId: caller.token.id }, body);
  if (verdict.action === "NoAction" && effects.approval === undefined) {
    if (effects.executingPolls === 0) finish(entity, plan, services);
    else atReading(entity, effects.executingPolls, () => finish(entity, plan, services));
    return entity;
  }
  const approval = approvals.request(caller.user.id, entity, verdict.policyIds, (decided) => {
    entity.datePolicyResolved = clock.now();
    if (decided.status === "Approved") finish(entity, plan, services);
    else reject(entity, decided);
  });
  entity.status = "Pending";
  entity.approvalId = approval.id;
  if (effects.approval !== undefined && effects.approval.decision !== "none") {
    decideByPolls(entity, approval, effects.approval, services);
  }
  return entity;
}

function finish(entity: SignatureEntity, plan: PlannedSignature, { keys, clock }: Services): void {
  const key = keys.get(entity.keyId);
  if (key === undefined || isArchived(key)) {
    entity.status = "Failed";
    entity.reason = "Key is archived";
    return;
  }
  const { signature, signatures, signedData } = plan();
  entity.signature = signature;
  entity.signatures = signatures;
  entity.signedData = signedData;
  entity.status = "Signed";
  entity.dateSigned = clock.now();
}

function reject(entity: SignatureEntity, { decisions }: Approval): void {
  entity.status = "Rejected";
  entity.reason = decisions.at(-1)?.reason ?? "Denied by an approver";
}

/** The scripted decision of the fault plan: made at the n-th reading of the signature (with 0, at the first). */
function decideByPolls(
  entity: SignatureEntity,
  approval: Approval,
  script: { readonly decision: "none" | "approve" | "deny"; readonly afterPolls: number },
  { approvals }: Services,
): void {
  atReading(entity, script.afterPolls, () => {
    if (approval.status !== "Pending") return;
    approvals.decideAsSystem(approval.id, script.decision === "approve" ? "Approved" : "Denied");
  });
}

function atReading(entity: SignatureEntity, reading: number, run: () => void): void {
  let left = reading;
  entity.onRead = () => {
    left--;
    if (left > 0) return;
    entity.onRead = undefined;
    run();
  };
}

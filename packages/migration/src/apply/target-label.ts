/** Labels that are too long to be made with: the key is made under a shorter one and renamed when the journal names it. */

import type { Provider } from "@keyrail/core";
import { fitText } from "../plan/fit-text.ts";
import type { TargetRequest } from "../plan/plan.ts";

/**
 * The label a key is made with. Some vendors keep the trace of an idempotency key beside the label: one that leaves no
 * room for it would let a second key be made after a crash.
 */
export function labelToMakeWith(request: TargetRequest, target: Provider): string {
  const { capabilities, catalog } = target;
  const { settledLabelBytes, label } = capabilities;
  const renames = catalog !== undefined && capabilities.catalog?.rename.includes("label") === true;
  // An imported key is told by its public key.
  if (settledLabelBytes === undefined || !renames || request.operation !== "create") return request.label;
  return fitText(request.label, { ...label, maximumBytes: settledLabelBytes });
}

/** Whether a key that was made still has to be given its label. */
export function needsRenaming(request: TargetRequest | undefined, target: Provider): request is TargetRequest {
  return request !== undefined && labelToMakeWith(request, target) !== request.label;
}

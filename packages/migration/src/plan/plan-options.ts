import type { KeyRecord } from "@keyrail/core";
import type { PlanOptions } from "./plan.ts";

/** Whether the options of a plan take a key of the source into it. */
export function isPlanned({ label, keyType }: KeyRecord, { labelPrefix, keyTypes }: PlanOptions): boolean {
  return (labelPrefix === undefined || label.startsWith(labelPrefix)) && (keyTypes?.includes(keyType) ?? true);
}

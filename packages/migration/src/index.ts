export type * from "./journal/journal.ts";
export { capabilityDigest } from "./plan/capability-digest.ts";
export {
  checkPlan,
  type CheckPlanOptions,
  type PlanCheck,
  type PlanFinding,
  requirePlanHolds,
} from "./plan/check-plan.ts";
export { diffPlans, type PlanDifference } from "./plan/diff-plans.ts";
export { fitText } from "./plan/fit-text.ts";
export { openPlan, type PlanFile } from "./plan/open-plan.ts";
export { planMigration, type PlanProgress, type PlanRequest } from "./plan/plan-migration.ts";
export { changeText, PLAN_COLUMNS, planRow, planSummaryText } from "./plan/plan-table.ts";
export { summarisePlan } from "./plan/plan-tally.ts";
export * from "./plan/plan.ts";
export { writePlan, type WritePlanOptions } from "./plan/write-plan.ts";
export type * from "./proof/proof.ts";
export type * from "./proof/verification.ts";
export { decodePublicKey, encodePublicKey } from "./public-key-text.ts";

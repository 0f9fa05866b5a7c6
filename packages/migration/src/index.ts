export type * from "./journal/journal.ts";
export * from "./plan/plan.ts";
export type * from "./proof/proof.ts";
export type * from "./proof/verification.ts";

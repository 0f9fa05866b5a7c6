export type { ApplyOptions, ApplyResult, WorkOptions } from "./apply/apply-options.ts";
export { applyRun, cancelRun, pauseRun } from "./apply/apply-run.ts";
export type { ApprovalPace } from "./apply/approval-poller.ts";
export { giveLabel, makeTargetKey, type MakeTask, type TargetKey } from "./apply/make-target-key.ts";
export type { ApplyProgress } from "./apply/progress.ts";
export type { RetryPolicy } from "./apply/retry.ts";
export { runWorker, type RunWorkerOptions } from "./apply/run-worker.ts";
export type { ItemSteps, StepTask } from "./apply/steps.ts";
export * from "./journal/journal.ts";
export { journalLine } from "./journal/journal-line.ts";
export { openJournal, type OpenJournalOptions } from "./journal/open-journal.ts";
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
export { readPublicKey } from "./proof/read-public-key.ts";
export { decodePublicKey, encodePublicKey } from "./public-key-text.ts";
export {
  AUDITED_KEY_TYPES,
  type AuditedKeyType,
  type AuditorKey,
  type AuditorPrivateKey,
  makeAuditorKeys,
} from "./proof/auditor.ts";
export {
  auditorKeysText,
  auditorPrivateKeysBytes,
  readAuditorKeys,
  readAuditorPrivateKeys,
  wipeAuditorKeys,
} from "./proof/auditor-file.ts";
export { checkProof, type ProofCheck, type ProofFacts } from "./proof/check-proof.ts";
export { type ChallengeMethod, challengeMethod } from "./proof/challenge.ts";
export type * from "./proof/proof.ts";
export { proveKey, type ProofTask } from "./proof/prove-key.ts";
export {
  type KeyPermissions,
  PRIVATE_ALGORITHM_PREFIX,
  type SuccessionAlgorithm,
  successionAlgorithm,
} from "./proof/succession-algorithms.ts";
export { type CensusKey, takeCensus, type TargetCensus } from "./proof/target-census.ts";
export type * from "./proof/verification.ts";
export { verifyKey, type VerifyTask } from "./proof/verify-key.ts";
export type { EvidenceNote } from "./report/further-sections.ts";
export { renderReport, type ReportOptions } from "./report/render-report.ts";
export type { AliasMoves, HeldAlias } from "./stages/alias-moves.ts";
export { cutOver, type CutOverOptions, type CutOverResult } from "./stages/cut-over.ts";
export { finalise, type FinaliseOptions, type FinaliseResult, type KeptSourceKey } from "./stages/finalise.ts";
export { rollBack, type KeptTargetKey, type RollBackOptions, type RollBackResult } from "./stages/roll-back.ts";
export { runStatus, type RunStatus, type Stage } from "./stages/run-status.ts";
export type { StageOptions } from "./stages/stage-options.ts";
export { verifyRun, type VerifyRunOptions, type VerifyRunResult } from "./stages/verify-run.ts";
export {
  type CheckedKeys,
  EVIDENCE_FILES,
  EVIDENCE_VERSION,
  type EvidenceFile,
  type EvidenceFileName,
  type EvidenceManifest,
  type EvidenceRun,
  type EvidenceSigner,
} from "./evidence/evidence-format.ts";
export type { EvidenceProblem } from "./evidence/problems.ts";
export type { EvidenceKey } from "./evidence/sign-manifest.ts";
export { type EvidenceVerdict, verifyEvidence, type VerifyEvidenceOptions } from "./evidence/verify-evidence.ts";
export { writeEvidence, type WriteEvidenceOptions, type WrittenEvidence } from "./evidence/write-evidence.ts";

export * from "./journal/journal.ts";
export { journalLine } from "./journal/journal-line.ts";
export { openJournal, type OpenJournalOptions } from "./journal/open-journal.ts";
export * from "./plan/plan.ts";
export { readPublicKey } from "./proof/read-public-key.ts";
export { decodePublicKey, encodePublicKey } from "./public-key-text.ts";
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
export { takeCensus, type TargetCensus } from "./proof/target-census.ts";
export type * from "./proof/verification.ts";
export { verifyKey, type VerifyTask } from "./proof/verify-key.ts";

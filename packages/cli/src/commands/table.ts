/** Every command of `keyrail`. To add one: write its {@link CommandModule} in a file of its own and give it a line here. */

import { adoptKeys } from "./adopt.ts";
import { aliasHistory } from "./alias/history.ts";
import { auditAliases } from "./alias/audit.ts";
import { labelAlias } from "./alias/labels.ts";
import { listAliases } from "./alias/list.ts";
import { removeAlias } from "./alias/remove.ts";
import { resolveAlias } from "./alias/resolve.ts";
import { rollBackCutOver } from "./alias/rollback.ts";
import { setAlias } from "./alias/set.ts";
import { showAlias } from "./alias/show.ts";
import { capabilities } from "./capabilities.ts";
import type { CommandModule } from "./command-module.ts";
import { conformance } from "./conformance.ts";
import { emulateDfns } from "./emulate/dfns.ts";
import { emulateEncedo } from "./emulate/encedo.ts";
import { explainOperation } from "./explain.ts";
import { agreeWithKey } from "./keys/agree.ts";
import { createKey } from "./keys/create.ts";
import { deriveKey } from "./keys/derive.ts";
import { exportKey } from "./keys/export.ts";
import { importKey } from "./keys/import.ts";
import { listKeys } from "./keys/list.ts";
import { publicKey } from "./keys/public.ts";
import { removeKey } from "./keys/remove.ts";
import { renameKey } from "./keys/rename.ts";
import { showKey } from "./keys/show.ts";
import { signWithKey } from "./keys/sign.ts";
import { verifyWithKey } from "./keys/verify.ts";

import { applyMigration } from "./migrate/apply.ts";
import { cutOverMigration } from "./migrate/cutover.ts";
import { writeMigrationEvidence } from "./migrate/evidence.ts";
import { finalizeMigration } from "./migrate/finalize.ts";
import { reportMigration } from "./migrate/report.ts";
import { rollBackMigration } from "./migrate/rollback.ts";
import { migrationWorker } from "./migrate/worker.ts";
import { verifyMigration } from "./migrate/verify.ts";
import { makeEvidenceChallenge } from "./evidence-challenge.ts";
import { verifyEvidenceCommand, verifyMigrationEvidence } from "./evidence-verify.ts";
import { cancelMigration, pauseMigration } from "./migrate/control.ts";
import { diffPlansCommand } from "./migrate/diff.ts";
import { planMigrationCommand } from "./migrate/plan.ts";
import { showPlan } from "./migrate/show.ts";
import { migrationStatus } from "./migrate/status.ts";

/** In the order of `--help`. */
export const COMMANDS: readonly CommandModule[] = [
  createKey,
  importKey,
  deriveKey,
  publicKey,
  showKey,
  listKeys,
  renameKey,
  removeKey,
  signWithKey,
  verifyWithKey,
  agreeWithKey,
  exportKey,
  adoptKeys,
  setAlias,
  listAliases,
  showAlias,
  resolveAlias,
  aliasHistory,
  labelAlias,
  removeAlias,
  auditAliases,
  rollBackCutOver,
  planMigrationCommand,
  showPlan,
  diffPlansCommand,
  applyMigration,
  migrationWorker,
  migrationStatus,
  pauseMigration,
  cancelMigration,
  verifyMigration,
  cutOverMigration,
  rollBackMigration,
  finalizeMigration,
  reportMigration,
  writeMigrationEvidence,
  verifyMigrationEvidence,
  verifyEvidenceCommand,
  makeEvidenceChallenge,
  capabilities,
  explainOperation,
  conformance,
  emulateDfns,
  emulateEncedo,
];

/** What the first word of two-word commands stands for. */
export const GROUPS: Readonly<Record<string, string>> = {
  alias: "stable names of a service's own, and the keys they stand for",
  emulate: "run a vendor's interface on this machine",
  migrate: "move keys from one provider to another, with a plan, a journal and proofs",
  evidence: "check the evidence of a migration",
  keys: "make, bring in, find and use keys",
};

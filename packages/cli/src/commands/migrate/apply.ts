import { isKeyrailError } from "@keyrail/core";
import type { ApplyProgress, ApplyResult, Journal, Run } from "@keyrail/migration";
import { resolve } from "node:path";
import { findDatabaseIfAny } from "../../databases/database-uri.ts";
import { journalOption, type RunOptions, runOption, withJournal, withRun } from "../../databases/journal.ts";
import { type EndOptions, endsOf, fromPassphraseFileOption, toPassphraseFileOption, withEnds } from "../../migration/ends.ts";
import { EXIT, type ExitCode } from "../../runtime/exit-codes.ts";
import type { CommandResult } from "../../runtime/result.ts";
import type { Session } from "../../runtime/session.ts";
import { usageError } from "../../runtime/usage-error.ts";
import { workProgress, type WorkState } from "../../runtime/work-progress.ts";
import type { CommandModule } from "../command-module.ts";
import { countOption, inFlightOption } from "./apply-options.ts";
import { countsText } from "./counts-text.ts";
import { failureLines } from "./failures.ts";
import { nextStep } from "./next-step.ts";

/** `keyrail migrate apply` */
export const applyMigration: CommandModule = {
  words: ["migrate", "apply"],
  summary: "do what a plan says: make the keys at the target, prove and verify each",
  details: `With --plan a run begins, after the plan was compared with both ends; with --run one goes on that was interrupted, paused, or in
which keys failed. The source is only read. What is done is in the journal before anything depends on it: whatever ends the command,
it goes on where it stood, with one key at the target for each at the source. Ctrl-C finishes what is under way and stops. Keys that
wait for an approval do not hold up others. Several processes may apply one run at once. Exit code ${EXIT.failed}: keys failed;
${EXIT.approvalPending}: all others are done and keys wait for an approval; ${EXIT.no}: the plan no longer holds and nothing was done.`,
  examples: [
    { line: "keyrail migrate apply --plan plan.json", does: "begin" },
    { line: "keyrail migrate apply --run RUN-ID", does: "go on, and try again what failed" },
  ],
  define(command, run) {
    command
      .option("--plan <file>", "begin a run of this plan")
      .addOption(runOption())
      .option("--wait-for-approvals", "go on until every approval is decided")
      .addOption(inFlightOption())
      .addOption(journalOption())
      .addOption(fromPassphraseFileOption())
      .addOption(toPassphraseFileOption())
      .action((options) =>
        run(async (session) => {
          const { plan, ...rest } = options;
          if (plan !== undefined && options.run !== undefined) {
            throw usageError("--plan begins a run, --run goes on with one; give one.", "--plan");
          }
          if (plan !== undefined) return begin(session, plan, rest);
          return withRun(session, rest, (journal, found) => goOn(session, journal, found, rest));
        }),
      );
  },
};

interface ApplyOptions extends EndOptions, RunOptions {
  readonly waitForApprovals?: true | undefined;
  readonly inFlight?: number | undefined;
}

/** Makes a run of a plan that still holds, and applies it. Nothing is written before that is known. */
async function begin(session: Session, file: string, options: ApplyOptions): Promise<CommandResult> {
  const { applyRun: _, openPlan, requirePlanHolds } = await import("@keyrail/migration");
  const plan = await openPlan(resolve(session.cwd, file), session.signal);
  await refuseSecondRun(session, plan.header.id, options);
  return withEnds(await endsOf(session, plan.header, options), async (ends) => {
    const { findings, warnings } = await requirePlanHolds(plan, ends.source, ends.target, { signal: session.signal });
    const first = findings.find(({ severity }) => severity === "warning")?.text;
    if (first !== undefined) session.warn(warnings === 1 ? first : `${first} (${warnings - 1} more are new.)`);
    return withJournal(session, options, true, async (journal) => {
      const worker = workerName();
      const found = await journal.createRun(plan, { worker, signal: session.signal });
      return apply(session, journal, found, ends, options);
    });
  });
}

/** @throws KeyrailError `OperationRefused` when the plan has a run already. */
async function refuseSecondRun(session: Session, id: string, options: RunOptions): Promise<void> {
  if ((await findDatabaseIfAny("journal", options.journal, session)) === undefined) return;
}

async function goOn(session: Session, journal: Journal, found: Run, options: ApplyOptions): Promise<CommandResult> {
  return withEnds(await endsOf(session, found.header, options), (ends) => apply(session, journal, found, ends, options));
}

import { KeyrailError } from "@keyrail/core";
import type { ApplyResult, Journal, Plan, Run } from "@keyrail/migration";
import { resolve } from "node:path";
import { findExistingDatabase } from "../../databases/database-uri.ts";
import { journalOption, type RunOptions, runOption, withJournal, withRun } from "../../databases/journal.ts";
import {
  type EndOptions,
  endsOf,
  fromPassphraseFileOption,
  type OpenEnds,
  toPassphraseFileOption,
  withEnds,
} from "../../migration/ends.ts";
import { refuseOverlap } from "../../migration/other-runs.ts";
import { workerName } from "../../migration/worker-name.ts";
import { EXIT } from "../../runtime/exit-codes.ts";
import type { CommandResult } from "../../runtime/result.ts";
import type { Session } from "../../runtime/session.ts";
import { usageError } from "../../runtime/usage-error.ts";
import { workProgress } from "../../runtime/work-progress.ts";
import type { CommandModule } from "../command-module.ts";
import { wholeNumber } from "../options.ts";
import { outcome, workState } from "./apply-outcome.ts";

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
      .option("--in-flight <count>", "steps at once (default: as many as both ends take)", wholeNumber)
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
  const { openPlan, requirePlanHolds } = await import("@keyrail/migration");
  const plan = await openPlan(resolve(session.cwd, file), session.signal);
  await refuseSecondRun(session, plan, options);
  return withEnds(await endsOf(session, plan.header, options), async (ends) => {
    const { signal } = session;
    const { findings, warnings } = await requirePlanHolds(plan, ends.source, ends.target, { signal });
    const first = findings.find(({ severity }) => severity === "warning")?.text;
    if (first !== undefined) session.warn(warnings === 1 ? first : `${first} ${warnings - 1} more keys are new.`);
    return withJournal(session, options, true, async (journal) => {
      const found = await journal.createRun(plan, { worker: workerName(), signal });
      // Said at once: it is what goes on after an interruption.
      if (!session.json) process.stdout.write(`Run ${found.id} in ${journal.location}\n`);
      return apply(session, journal, found, ends, options);
    });
  });
}

/** States of a run that apply goes on with. */
const APPLICABLE: readonly Run["state"][] = ["created", "applying", "paused", "applied"];

/** @throws KeyrailError `OperationRefused` when the plan has a run that was begun, or another run moves the same keys. */
async function refuseSecondRun(session: Session, plan: Plan, options: RunOptions): Promise<void> {
  const { id } = plan.header;
  const existing = await findExistingDatabase("journal", options.journal, session);
  if (existing === undefined) return;
  const { openJournal } = await import("@keyrail/migration");
  await using journal = await openJournal({ database: existing.uri });
  const found = (await journal.runs()).find((run) => run.id === id);
  if (found === undefined || found.state === "created") return await refuseOverlap(journal, plan);
  const next = APPLICABLE.includes(found.state)
    ? `keyrail migrate apply --run ${id} goes on with it`
    : `keyrail migrate status --run ${id} says what comes next`;
  throw new KeyrailError("OperationRefused", `This plan has a run already, which is ${found.state}: ${next}.`, {
    provider: "migration",
    reason: `run is ${found.state}`,
  });
}

async function goOn(session: Session, journal: Journal, found: Run, options: ApplyOptions): Promise<CommandResult> {
  const { planned, made, proved, waiting, failed } = await journal.counts(found.id);
  if (found.state === "applied" && planned + made + proved + waiting + failed === 0) {
    throw new KeyrailError(
      "OperationRefused",
      `The run ${found.id} is applied: nothing is left to do. keyrail migrate verify --run ${found.id} comes next.`,
      { provider: "migration", reason: "nothing is left to do" },
    );
  }
  return withEnds(await endsOf(session, found.header, options), (ends) =>
    apply(session, journal, found, ends, options),
  );
}

async function apply(
  session: Session,
  journal: Journal,
  found: Run,
  ends: OpenEnds,
  options: ApplyOptions,
): Promise<CommandResult> {
  const { applyRun } = await import("@keyrail/migration");
  const progress = workProgress("keys", session);
  let result: ApplyResult;
  try {
    result = await applyRun({
      journal,
      run: found.id,
      ...ends,
      worker: workerName(),
      signal: session.signal,
      onProgress: (state) => progress.show(workState(state)),
      waitForApprovals: options.waitForApprovals === true,
      ...(options.inFlight === undefined ? {} : { inFlight: options.inFlight }),
    });
  } finally {
    progress.end();
  }
  return outcome(session, journal, await journal.run(found.id), result);
}

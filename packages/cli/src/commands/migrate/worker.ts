import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { endsOf, fromPassphraseFileOption, openEnds, toPassphraseFileOption } from "../../migration/ends.ts";
import { workerName } from "../../migration/worker-name.ts";
import { EXIT } from "../../runtime/exit-codes.ts";
import { workProgress } from "../../runtime/work-progress.ts";
import type { CommandModule } from "../command-module.ts";
import { wholeNumber } from "../options.ts";
import { outcome, workState } from "./apply-outcome.ts";

/** `keyrail migrate worker` */
export const migrationWorker: CommandModule = {
  words: ["migrate", "worker"],
  summary: "apply a run together with other machines; the journal is in PostgreSQL",
  details: `\`keyrail migrate apply --plan\` begins the run; any number of workers join it, leave it and come back. A worker that dies is noticed
and its keys are taken over, so that no key is made twice. The vendors' limits are per process: give each worker its share in the
options of its providers. Exit code ${EXIT.failed}: keys failed; ${EXIT.approvalPending}: all others are done and keys wait for an approval.`,
  examples: [
    {
      line: "keyrail migrate worker --run RUN-ID --journal postgres://keyrail@db.example.com/keyrail",
      does: "on each machine; the password is in PGPASSWORD or ~/.pgpass",
    },
  ],
  define(command, run) {
    command
      .addOption(runOption())
      .option("--name <text>", "what the worker is called in the timeline (default: the machine and the process)")
      .option("--wait-for-approvals", "go on until every approval is decided")
      .option("--in-flight <count>", "steps at once (default: as many as both ends take)", wholeNumber)
      .addOption(journalOption())
      .addOption(fromPassphraseFileOption())
      .addOption(toPassphraseFileOption())
      .action((options) =>
        run((session) =>
          withRun(session, options, async (journal, found, databaseUri) => {
            const { runWorker } = await import("@keyrail/migration");
            const ends = await endsOf(session, found.header, options);
            const progress = workProgress("keys", session);
            try {
              const result = await runWorker({
                databaseUri,
                run: found.id,
                worker: options.name ?? workerName(),
                openProviders: () => openEnds(ends),
                signal: session.signal,
                onProgress: (state) => progress.show(workState(state)),
                waitForApprovals: options.waitForApprovals === true,
                ...(options.inFlight === undefined ? {} : { inFlight: options.inFlight }),
              });
              return await outcome(session, journal, await journal.run(found.id), result);
            } finally {
              progress.end();
            }
          }),
        ),
      );
  },
};

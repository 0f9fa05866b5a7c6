import type { ItemCounts, VerifyRunResult } from "@keyrail/migration";
import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { endsOf, fromPassphraseFileOption, toPassphraseFileOption, withEnds } from "../../migration/ends.ts";
import { workerName } from "../../migration/worker-name.ts";
import { counted } from "../../runtime/plural.ts";
import { EXIT, type ExitCode } from "../../runtime/exit-codes.ts";
import { workProgress } from "../../runtime/work-progress.ts";
import type { CommandModule } from "../command-module.ts";
import { failureLines, refusalLines } from "./failures.ts";
import { nextStep } from "./next-step.ts";

/** `keyrail migrate verify` */
export const verifyMigration: CommandModule = {
  words: ["migrate", "verify"],
  summary: "look at every new key and use it again, before anybody depends on it",
  details: `For each key: the target has it, under the public key of the journal; the proof holds; it does what it is for, and the result is
checked here and not by the target; the target has no other key of its name that the run does not know. Nothing is changed at either
end. Exit code ${EXIT.no}: a key did not pass, and is failed from now on: \`keyrail migrate apply --run\` tries it again, and makes
another in place of one that is gone. Where the vendor asks people before a key is used, one approval is asked for each key,
however often the command is run until all are decided. Exit code ${EXIT.approvalPending}: approvals are pending; ${EXIT.notAllowed}: one was refused, and the next
run asks anew.`,
  examples: [{ line: "keyrail migrate verify --run RUN-ID", does: "after apply; again at any time before finalize" }],
  define(command, run) {
    command
      .addOption(runOption())
      .addOption(journalOption())
      .addOption(fromPassphraseFileOption())
      .addOption(toPassphraseFileOption())
      .action((options) =>
        run((session) =>
          withRun(session, options, async (journal, { id, header }) =>
            withEnds(await endsOf(session, header, options), async (ends) => {
              const { verifyRun } = await import("@keyrail/migration");
              const progress = workProgress("keys", session);
              try {
                const onProgress = (done: number, total: number): void => progress.show({ done, total });
                const options = { journal, run: id, ...ends, worker: workerName(), signal: session.signal, onProgress };
                const { run: after, ...result } = await verifyRun(options);
                const counts = await journal.counts(id);
                const text = [
                  sentence(result),
                  ...(await failureLines(journal, id, counts)),
                  ...(await refusalLines(journal, id, result.denied)),
                  after.state === "applied" ? unfinished(id, counts, result) : nextStep(after, counts),
                ];
                return {
                  document: { run: id, state: after.state, ...result },
                  text: text.join("\n"),
                  exitCode: exitCodeOf(result),
                };
              } finally {
                progress.end();
              }
            }),
          ),
        ),
      );
  },
};

type Result = Omit<VerifyRunResult, "run">;

function sentence({ passed, failed, waiting, denied }: Result): string {
  const parts = [`${counted(passed, "key")} passed`, `${failed} did not`];
  if (waiting > 0) parts.push(`${waiting} wait for an approval to be used`);
  if (denied > 0) parts.push(`an approver refused the use of ${denied}`);
  return `${parts.join(", ")}.`;
}

function exitCodeOf({ failed, waiting, denied }: Result): ExitCode {
  if (failed > 0) return EXIT.no;
  if (denied > 0) return EXIT.notAllowed;
  return waiting > 0 ? EXIT.approvalPending : EXIT.ok;
}

/** Some keys failed or wait: the others need not. */
function unfinished(id: string, { failed }: ItemCounts, { waiting, denied }: Result): string {
  const again = [
    ...(failed > 0 ? [`keyrail migrate apply --run ${id} tries the failed ones again`] : []),
    ...(waiting + denied > 0 ? [`keyrail migrate verify --run ${id} takes what people decide`] : []),
  ];
  return `Next: ${again.join("; ")}; keyrail migrate cutover --run ${id} --alias NAME switches what is verified.`;
}

import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { endsOf, fromPassphraseFileOption, toPassphraseFileOption, withEnds } from "../../migration/ends.ts";
import { workerName } from "../../migration/worker-name.ts";
import { counted } from "../../runtime/plural.ts";
import { EXIT } from "../../runtime/exit-codes.ts";
import { workProgress } from "../../runtime/work-progress.ts";
import type { CommandModule } from "../command-module.ts";
import { failureLines } from "./failures.ts";
import { nextStep } from "./next-step.ts";

/** `keyrail migrate verify` */
export const verifyMigration: CommandModule = {
  words: ["migrate", "verify"],
  summary: "look at every new key and use it again, before anybody depends on it",
  details: `For each key: the target has it, under the public key of the journal; the proof holds; it does what it is for, and the result is
checked here and not by the target; the target has no other key of its name that the run does not know. Nothing is changed at either
end. Exit code ${EXIT.no}: a key did not pass, and is failed from now on: \`keyrail migrate apply --run\` tries it again.`,
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
                const { passed, failed, waiting } = result;
                const text = [
                  `${counted(passed, "key")} passed, ${failed} did not${waiting === 0 ? "" : `, ${waiting} wait for an approval to be used`}.`,
                  ...(await failureLines(journal, id, counts)),
                  after.state === "applied" ? unfinished(id) : nextStep(after, counts),
                ];
                return {
                  document: { run: id, state: after.state, ...result },
                  text: text.join("\n"),
                  exitCode: failed > 0 ? EXIT.no : EXIT.ok,
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

/** Some keys failed or wait: the others need not. */
function unfinished(id: string): string {
  return `Next: keyrail migrate apply --run ${id} tries the others again; keyrail migrate cutover --run ${id} --alias NAME switches what is verified.`;
}

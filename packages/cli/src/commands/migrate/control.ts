import type { Journal, Run } from "@keyrail/migration";
import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { workerName } from "../../migration/worker-name.ts";
import type { CommandModule } from "../command-module.ts";
import { nextStep } from "./next-step.ts";

interface Control {
  readonly word: "pause" | "cancel";
  readonly summary: string;
  readonly details: string;
  readonly done: string;
  readonly change: (journal: Journal, run: string) => Promise<Run>;
}

/** `keyrail migrate pause` */
export const pauseMigration: CommandModule = control({
  word: "pause",
  summary: "stop a run that other processes apply, so that it can go on later",
  details: "They finish what is under way, within a few seconds. `keyrail migrate apply --run` goes on.",
  done: "The run is paused.",
  change: async (journal, run) => (await import("@keyrail/migration")).pauseRun(journal, run, workerName()),
});

/** `keyrail migrate cancel` */
export const cancelMigration: CommandModule = control({
  word: "cancel",
  summary: "end a run for good",
  details: `Processes that apply it stop within a few seconds. What was made at the target stays there, and in the journal:
\`keyrail migrate rollback\` removes it.`,
  done: "The run is cancelled.",
  change: async (journal, run) => (await import("@keyrail/migration")).cancelRun(journal, run, workerName()),
});

/** A command that changes the state of a run and nothing else. */
function control({ word, summary, details, done, change }: Control): CommandModule {
  return {
    words: ["migrate", word],
    summary,
    details,
    examples: [{ line: `keyrail migrate ${word} --run RUN-ID`, does: "from any machine that reaches the journal" }],
    define(command, run) {
      command
        .addOption(runOption())
        .addOption(journalOption())
        .action((options) =>
          run((session) =>
            withRun(session, options, async (journal, { id, summary }) => {
              const { state } = await change(journal, id);
              const counts = await journal.counts(id);
              return {
                document: { run: id, state, counts },
                text: `${done} ${nextStep({ id, state, summary }, counts)}`,
              };
            }),
          ),
        );
    },
  };
}

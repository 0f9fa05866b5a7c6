import type { FinaliseResult } from "@keyrail/migration";
import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { registryOption, withRegistry } from "../../databases/registry.ts";
import { endsOf, fromPassphraseFileOption, toPassphraseFileOption, withEnds } from "../../migration/ends.ts";
import { workerName } from "../../migration/worker-name.ts";
import { counted } from "../../runtime/plural.ts";
import { EXIT } from "../../runtime/exit-codes.ts";
import { askWord } from "../../runtime/prompt.ts";
import type { Session } from "../../runtime/session.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";
import { nextStep } from "./next-step.ts";

/** `keyrail migrate finalize` */
export const finalizeMigration: CommandModule = {
  words: ["migrate", "finalize"],
  summary: "retire the keys of the source that have moved; there is no way back",
  details: `The only command that changes the source, and only after the cut-over. Each key is looked at again before it goes: its successor is
at the target, no alias names it. Keys that stay by plan, and keys that old data needs, are not touched. It is confirmed by typing the
run's id, or with --confirm RUN-ID. Exit code ${EXIT.failed}: keys that should have gone are still there; repeating it goes on.`,
  examples: [
    { line: "keyrail migrate finalize --run RUN-ID", does: "asks for the run's id" },
    { line: "keyrail migrate finalize --run RUN-ID --confirm RUN-ID", does: "where nobody can be asked" },
  ],
  define(command, run) {
    command
      .addOption(runOption())
      .option("--confirm <run>", "the run's id once more")
      .option("--retire-keys-of-old-data", "also keys that old ciphertexts, MACs and derived keys need")
      .addOption(registryOption())
      .addOption(journalOption())
      .addOption(fromPassphraseFileOption())
      .addOption(toPassphraseFileOption())
      .action((options) =>
        run((session) =>
          withRun(session, options, (journal, { id, header, summary }) =>
            withRegistry(session, options, false, async (registry) => {
              const { strategies } = summary;
              const keys = strategies.import + strategies.rotate + strategies.adopt;
              const what = `Up to ${counted(keys, "key")} of ${header.source.uri} will be retired for good.`;
              const confirm = options.confirm ?? (await askForRun(session, id, what));
              return withEnds(await endsOf(session, header, options), async (ends) => {
                const { finalise } = await import("@keyrail/migration");
                const result = await finalise({
                  journal,
                  registry,
                  ...ends,
                  run: id,
                  confirm,
                  worker: workerName(),
                  signal: session.signal,
                  retireKeysOfOldData: options.retireKeysOfOldData === true,
                });
                const { run: after, ...document } = result;
                const next = nextStep(after, await journal.counts(id));
                return {
                  document: { run: id, state: after.state, ...document },
                  text: [...linesOf(result), next].join("\n"),
                  exitCode: result.kept.some(({ kind }) => kind !== "choice") ? EXIT.failed : EXIT.ok,
                };
              });
            }),
          ),
        ),
      );
  },
};

/** Asks for the run's id; what is typed otherwise ends it. */
async function askForRun(session: Session, id: string, what: string): Promise<string> {
  if (!session.interactive) {
    throw usageError(`${what} Nobody can be asked here: confirm it with --confirm ${id}.`, "--confirm");
  }
  if (await askWord(`${what} Type the run's id, ${id}, to go on`, id, session.signal)) return id;
  throw usageError("That is not the run's id; nothing was changed.", "--confirm");
}

const SHOWN = 10;

function linesOf({ retired, kept, keptTotal }: FinaliseResult): string[] {
  const rest = keptTotal > SHOWN ? [`  and ${keptTotal - SHOWN} more`] : [];
  return [
    `${counted(retired, "key of the source was", "keys of the source were")} retired${keptTotal === 0 ? "." : `; ${keptTotal} that moved were kept:`}`,
    ...kept.slice(0, SHOWN).map(({ key, reason }) => `  ${key}: ${reason}`),
    ...rest,
  ];
}

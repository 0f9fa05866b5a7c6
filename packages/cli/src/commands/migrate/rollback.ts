import type { Journal, RollBackResult, Run } from "@keyrail/migration";
import type { Registry } from "@keyrail/registry";
import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { actorOption, registryOption, withRegistry } from "../../databases/registry.ts";
import { endsOf, fromPassphraseFileOption, toPassphraseFileOption, withEnds } from "../../migration/ends.ts";
import { workerName } from "../../migration/worker-name.ts";
import { counted } from "../../runtime/plural.ts";
import { EXIT } from "../../runtime/exit-codes.ts";
import { askYes } from "../../runtime/prompt.ts";
import type { Session } from "../../runtime/session.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";

/** `keyrail migrate rollback` */
export const rollBackMigration: CommandModule = {
  words: ["migrate", "rollback"],
  summary: "go back: switch the aliases back, and remove what the run made at the target",
  details: `At every stage before finalize. It says first what it will do, and asks; --yes answers that. Aliases that somebody switched to
other keys meanwhile are left alone, and so are keys that were at the target before. --keep-keys leaves the new keys there. Exit code
${EXIT.failed}: keys that should have gone are still there; repeating it goes on.`,
  examples: [
    { line: "keyrail migrate rollback --run RUN-ID", does: "says what it will do, and asks" },
    { line: "keyrail migrate rollback --run RUN-ID --keep-keys --yes", does: "aliases alone" },
  ],
  define(command, run) {
    command
      .addOption(runOption())
      .option("--keep-keys", "do not remove what the run made at the target")
      .option("--yes", "do not ask")
      .addOption(actorOption())
      .addOption(registryOption())
      .addOption(journalOption())
      .addOption(fromPassphraseFileOption())
      .addOption(toPassphraseFileOption())
      .action((options) =>
        run((session) =>
          withRun(session, options, (journal, found) =>
            withRegistry(session, options, false, async (registry) => {
              const keep = options.keepKeys === true;
              const what = await intention(journal, registry, found, keep);
              if (options.yes !== true && !(await agreed(session, what))) {
                return { document: { rolledBack: false }, text: "Nothing was changed." };
              }
              const { rollBack } = await import("@keyrail/migration");
              const common = {
                journal,
                registry,
                run: found.id,
                worker: workerName(),
                signal: session.signal,
                ...(options.actor === undefined ? {} : { actor: options.actor }),
              };
              const result = keep
                ? await rollBack(common)
                : await withEnds(await endsOf(session, found.header, options), (ends) =>
                    rollBack({ ...common, removeTargetKeys: ends }),
                  );
              const { run: after, ...document } = result;
              return {
                document: { run: found.id, state: after.state, ...document },
                text: linesOf(result).join("\n"),
                exitCode: result.kept.length > 0 ? EXIT.failed : EXIT.ok,
              };
            }),
          ),
        ),
      );
  },
};

/** What is going to happen, in one sentence. */
async function intention(journal: Journal, registry: Registry, run: Run, keep: boolean): Promise<string> {
  const aliases = new Set<string>();
  const undone = new Set<string>();
  for await (const { action, id, undoes, switches } of registry.audit({ run: run.id })) {
    if (action === "roll-back" && undoes !== undefined) undone.add(undoes);
    if (action === "cut-over" && !undone.has(id)) for (const { alias } of switches) aliases.add(alias);
  }
  const { made, proved, verified, waiting } = await journal.counts(run.id);
  const adopted = run.summary.strategies.adopt;
  const keys = Math.max(0, made + proved + verified + waiting - adopted);
  const { source, target } = run.header;
  const keysText = keep
    ? `the keys made at ${target.uri} stay`
    : `up to ${counted(keys, "key")} made at ${target.uri} removed`;
  return `Rolling back the run ${run.id}: ${counted(aliases.size, "alias goes back", "aliases go back")} to keys of ${source.uri}, ${keysText}.`;
}

async function agreed(session: Session, what: string): Promise<boolean> {
  if (!session.interactive) {
    throw usageError(`${what} Nobody can be asked here: --yes says that it is meant.`, "--yes");
  }
  return askYes(`${what} Go on?`, session.signal);
}

function linesOf({ switched, left, removed, kept, run }: RollBackResult): string[] {
  return [
    `${counted(switched.length, "alias names a key", "aliases name keys")} of the source again; ${counted(removed, "key was", "keys were")} removed from the target. The run is ${run.state}.`,
    ...left.map((alias) => `  ${alias} names another key by now, and was left alone`),
    ...kept.map(({ key, reason }) => `  still there: ${key ?? "a key that may have been made"}: ${reason}`),
    ...(kept.length === 0 ? [] : [`Mend that, then: keyrail migrate rollback --run ${run.id}`]),
  ];
}

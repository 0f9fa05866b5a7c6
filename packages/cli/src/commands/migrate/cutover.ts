import { KeyrailError } from "@keyrail/core";
import type { CutOverResult, Journal } from "@keyrail/migration";
import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { actorOption, registryOption, withRegistry } from "../../databases/registry.ts";
import { workerName } from "../../migration/worker-name.ts";
import { counted } from "../../runtime/plural.ts";
import type { CommandModule } from "../command-module.ts";
import { collect } from "../options.ts";
import { nextStep } from "./next-step.ts";

/** `keyrail migrate cutover` */
export const cutOverMigration: CommandModule = {
  words: ["migrate", "cutover"],
  summary: "switch aliases from the old keys to the verified new ones, all at once",
  details: `One change of the registry: every alias or none. Services that use the router follow at once. --alias switches some of them, the
others can follow later. Keys are not touched; \`keyrail migrate rollback\` or \`keyrail alias rollback\` go back. Repeating it changes
nothing more.`,
  examples: [
    { line: "keyrail migrate cutover --run RUN-ID --alias orders/signing", does: "one alias, to begin with" },
    { line: "keyrail migrate cutover --run RUN-ID", does: "all of them" },
  ],
  define(command, run) {
    command
      .addOption(runOption())
      .option("--alias <name>", "only this alias; repeat it for several", collect)
      .addOption(actorOption())
      .addOption(registryOption())
      .addOption(journalOption())
      .action((options) =>
        run((session) =>
          withRun(session, options, (journal, { id }) =>
            withRegistry(session, options, false, async (registry) => {
              await refuseUnverified(journal, id);
              const { cutOver } = await import("@keyrail/migration");
              const result = await cutOver({
                journal,
                registry,
                run: id,
                worker: workerName(),
                signal: session.signal,
                ...(options.alias === undefined ? {} : { aliases: options.alias }),
                ...(options.actor === undefined ? {} : { actor: options.actor }),
              });
              const counts = await journal.counts(id);
              const { run: _, ...document } = result;
              return {
                document: { run: id, state: result.run.state, ...document },
                text: [...linesOf(result), nextStep(result.run, counts)].join("\n"),
              };
            }),
          ),
        ),
      );
  },
};

/**
 * The library checks each key an alias is to name; here the stage has to have been gone through, too.
 * @throws KeyrailError `OperationRefused` when the run was never verified.
 */
async function refuseUnverified(journal: Journal, id: string): Promise<void> {
  for await (const { kind } of journal.events(id)) if (kind === "verified") return;
  throw new KeyrailError(
    "OperationRefused",
    `The run ${id} was not verified yet: keyrail migrate verify --run ${id} comes before the cut-over.`,
    { provider: "migration", reason: "run is not verified" },
  );
}

/** Staying aliases that are shown. */
const SHOWN = 10;

function linesOf({ switched, staying, left, auditRecord }: CutOverResult): string[] {
  const title =
    switched.length === 0
      ? "There is no alias left to switch."
      : `${counted(switched.length, "alias was", "aliases were")} switched in one change, ${auditRecord ?? ""}:`;
  const rest = staying.length > SHOWN ? [`  and ${staying.length - SHOWN} more`] : [];
  return [
    title,
    ...switched.map(({ alias, to }) => `  ${alias} -> ${to}`),
    ...(left.length === 0 ? [] : [`Not yet: ${left.map(({ alias }) => alias).join(", ")}`]),
    ...staying.slice(0, SHOWN).map(({ alias, state }) => `  ${alias} stays: its key is ${state ?? "not in the run"}`),
    ...rest,
  ];
}

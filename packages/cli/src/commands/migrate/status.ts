import type { Journal, Run } from "@keyrail/migration";
import { journalOption, runOption, withJournal, withRun } from "../../databases/journal.ts";
import type { CommandResult } from "../../runtime/result.ts";
import type { Session } from "../../runtime/session.ts";
import { textTable } from "../../runtime/text-table.ts";
import type { CommandModule } from "../command-module.ts";
import { timeText } from "../alias/alias-document.ts";
import { failureLines } from "./failures.ts";
import { nextStep } from "./next-step.ts";

/** `keyrail migrate status` */
export const migrationStatus: CommandModule = {
  words: ["migrate", "status"],
  summary: "say where a migration stands",
  details: `The state of the run, how many keys stand in each state, the first failures and what comes next. --all lists every run of the
journal. --json prints the run with its counts.`,
  examples: [
    { line: "keyrail migrate status", does: "the only run of the journal" },
    { line: "keyrail migrate status --all", does: "every run" },
  ],
  define(command, run) {
    command
      .addOption(runOption())
      .option("--all", "every run of the journal")
      .addOption(journalOption())
      .action((options) =>
        run((session) =>
          options.all === true
            ? withJournal(session, options, false, (journal) => allRuns(journal, session))
            : withRun(session, options, async (journal, found) => status(journal, found, session)),
        ),
      );
  },
};

async function allRuns(journal: Journal, session: Session): Promise<CommandResult> {
  const runs = await journal.runs();
  const document = runs.map(({ id, state, header, summary, createdAt, updatedAt }) => {
    return {
      id,
      state,
      source: header.source.uri,
      target: header.target.uri,
      keys: summary.keys,
      createdAt,
      updatedAt,
    };
  });
  const rows = document.map(({ id, state, source, target, keys, updatedAt }) => {
    return [id, state, String(keys), timeText(updatedAt), `${source} -> ${target}`];
  });
  const text =
    rows.length === 0 ? "There is no run." : textTable(["run", "state", "keys", "changed", "ends"], rows, session);
  return { document, text };
}

async function status(journal: Journal, found: Run, session: Session): Promise<CommandResult> {
  const { ITEM_STATES } = await import("@keyrail/migration");
  const counts = await journal.counts(found.id);
  const { id, state, header, summary, createdAt, updatedAt, cutOvers } = found;
  const shown = ITEM_STATES.filter((each) => counts[each] > 0);
  const lines = [
    `Run ${id}: ${state}, since ${timeText(updatedAt)}`,
    `  ${header.source.uri} -> ${header.target.uri}, ${summary.keys} keys, begun ${timeText(createdAt)}`,
    ...shown.map((each) => `  ${session.style("dim", each.padEnd(12))}${counts[each]}`),
    ...(await failureLines(journal, id, counts)),
    nextStep(found, counts),
  ];
  return { document: { id, state, header, summary, counts, createdAt, updatedAt, cutOvers }, text: lines.join("\n") };
}

/** The journal of migrations, found and opened, and one run of it. */

import type { Journal, Run } from "@keyrail/migration";
import { Option } from "@commander-js/extra-typings";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { databaseOptionText, findDatabase } from "./database-uri.ts";

/** Options of every command that uses the journal. */
export interface JournalOptions {
  readonly journal?: string | undefined;
}

/** Options of every command about one run. */
export interface RunOptions extends JournalOptions {
  readonly run?: string | undefined;
}

/** `--journal` */
export function journalOption(): Option<"--journal <uri>"> {
  return new Option("--journal <uri>", databaseOptionText("journal"));
}

/** `--run` */
export function runOption(): Option<"--run <id>"> {
  return new Option("--run <id>", "which run (default: the only one of the journal)");
}

/**
 * Opens the journal, uses it with its URI (which may hold a password: never print it), closes it. With `create` one that is not there is made.
 * @throws KeyrailError as `findDatabase` and `openJournal`.
 */
export async function withJournal<Result>(
  session: Session,
  { journal: option }: JournalOptions,
  create: boolean,
  use: (journal: Journal, uri: string) => Promise<Result>,
): Promise<Result> {
  const { uri } = await findDatabase("journal", { option, create }, session);
  const { openJournal } = await import("@keyrail/migration");
  await using journal = await openJournal({ database: uri });
  return await use(journal, uri);
}

/** As {@link withJournal}, with the run of `--run`, or the only one there is. */
export async function withRun<Result>(
  session: Session,
  options: RunOptions,
  use: (journal: Journal, run: Run, uri: string) => Promise<Result>,
): Promise<Result> {
  return withJournal(session, options, false, async (journal, uri) =>
    use(journal, await findRun(journal, options.run), uri),
  );
}

/** @throws KeyrailError `InvalidRequest` when there is no such run, or several and none was named. */
async function findRun(journal: Journal, id: string | undefined): Promise<Run> {
  if (id !== undefined) return journal.run(id);
  const runs = await journal.runs();
  const [only] = runs;
  if (only === undefined) throw usageError(`The journal ${journal.location} has no run.`, "--run");
  if (runs.length === 1) return only;
  const ids = runs.slice(0, 5).map((run) => `${run.id} (${run.state})`);
  const more = runs.length > ids.length ? ", ..." : "";
  throw usageError(`The journal has ${runs.length} runs; say which with --run: ${ids.join(", ")}${more}.`, "--run");
}

import type { AuditorKey, ItemCounts, VerifyRunResult } from "@keyrail/migration";
import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import { endsOf, fromPassphraseFileOption, toPassphraseFileOption, withEnds } from "../../migration/ends.ts";
import { readInputFile } from "../../files/read-file.ts";
import type { Session } from "../../runtime/session.ts";
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
run asks anew. With --auditor-key, keys that agree and can't sign also answer the auditor's challenge, for the evidence.`,
  examples: [
    { line: "keyrail migrate verify --run RUN-ID", does: "after apply; again at any time before finalize" },
    { line: "keyrail migrate verify --auditor-key auditor.pub", does: "answer an auditor as well" },
  ],
  define(command, run) {
    command
      .addOption(runOption())
      .option("--auditor-key <file>", "public keys of an auditor, out of `keyrail evidence challenge`")
      .addOption(journalOption())
      .addOption(fromPassphraseFileOption())
      .addOption(toPassphraseFileOption())
      .action((options) =>
        run(async (session) => {
          const auditor = await auditorOf(options.auditorKey, session);
          return withRun(session, options, async (journal, { id, header }) =>
            withEnds(await endsOf(session, header, options), async (ends) => {
              const { verifyRun } = await import("@keyrail/migration");
              const progress = workProgress("keys", session);
              try {
                const onProgress = (done: number, total: number): void => progress.show({ done, total });
                const { run: after, ...result } = await verifyRun({
                  journal,
                  run: id,
                  ...ends,
                  ...(auditor === undefined ? {} : { auditor }),
                  worker: workerName(),
                  signal: session.signal,
                  onProgress,
                });
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
          );
        }),
      );
  },
};

const MOST_AUDITOR_BYTES = 65_536;

async function auditorOf(file: string | undefined, session: Session): Promise<readonly AuditorKey[] | undefined> {
  if (file === undefined) return undefined;
  const { readAuditorKeys } = await import("@keyrail/migration");
  const input = { file, path: "--auditor-key", maximumBytes: MOST_AUDITOR_BYTES };
  return readAuditorKeys(await readInputFile(input, session));
}

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

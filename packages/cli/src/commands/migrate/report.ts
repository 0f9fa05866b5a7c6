import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { EvidenceNote } from "@keyrail/migration";
import { writeOutputFile } from "../../files/write-file.ts";
import { journalOption, runOption, withRun } from "../../databases/journal.ts";
import type { Session } from "../../runtime/session.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";
import { wholeNumber } from "../options.ts";

/** `keyrail migrate report` */
export const reportMigration: CommandModule = {
  words: ["migrate", "report"],
  summary: "write a run's report: one HTML page that needs nothing else",
  details: `Totals, strategies, failures first, every key with a filter, the timeline. It works without network and without scripts, in light
and dark, and on paper. --evidence names the evidence bundle of the same run, so that the page says which one belongs to it.
An earlier report is replaced, any other file only with --force.`,
  examples: [
    { line: "keyrail migrate report --run RUN-ID --out report.html", does: "a page to open in a browser" },
    { line: "keyrail migrate report --out report.html --evidence evidence", does: "with the digest of the evidence" },
  ],
  define(command, run) {
    command
      .addOption(runOption())
      .option("--out <file>", "the page")
      .option("--force", "replace any file that is there, not only an earlier report")
      .option("--evidence <folder>", "the evidence bundle of this run")
      .option("--rows <count>", "keys in the table at most, failed ones first (default: 2000)", wholeNumber)
      .addOption(journalOption())
      .action((options) =>
        run((session) => {
          const { out } = options;
          if (out === undefined) throw usageError("Name the file for the page with --out FILE.", "--out");
          return withRun(session, options, async (journal, { id }) => {
            const { renderReport } = await import("@keyrail/migration");
            const note = options.evidence === undefined ? undefined : await noteOf(options.evidence, id, session);
            const page = await renderReport({
              journal,
              run: id,
              ...(note === undefined ? {} : { evidence: note }),
              ...(options.rows === undefined ? {} : { rows: options.rows }),
            });
            const overwrite = options.force === true || (await isReport(resolve(session.cwd, out)));
            await writeOutputFile({ file: out, path: "--out", overwrite }, page, session);
            return { document: { run: id, file: out }, text: `The report is in ${out}; any browser shows it.` };
          });
        }),
      );
  },
};

/** Bytes of a page in which its title stands. */
const HEAD_BYTES = 2048;

/** Whether a file is an earlier report, which a new one may replace. */
async function isReport(file: string): Promise<boolean> {
  try {
    await using handle = await open(file);
    if (!(await handle.stat()).isFile()) return false;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString("latin1", 0, bytesRead).includes("<title>Migration report: ");
  } catch {
    // Whoever writes the file says what is wrong with it.
    return false;
  }
}

/** @throws KeyrailError `InvalidRequest` when the bundle is damaged or of another run. */
async function noteOf(folder: string, run: string, session: Session): Promise<EvidenceNote> {
  const { verifyEvidence } = await import("@keyrail/migration");
  const { valid, digest, run: of } = await verifyEvidence(resolve(session.cwd, folder), { signal: session.signal });
  if (!valid || digest === undefined) {
    throw usageError(
      `The evidence in ${folder} is not whole: keyrail evidence verify ${folder} says why.`,
      "--evidence",
    );
  }
  if (of !== run) throw usageError(`The evidence in ${folder} is of the run ${of ?? "unknown"}.`, "--evidence");
  return { folder, digest };
}

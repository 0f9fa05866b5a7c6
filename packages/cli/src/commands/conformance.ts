import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ConformanceReport, RunOptions } from "@keyrail/conformance-tests";
import { writeReportFiles } from "../conformance/report-files.ts";
import { fileError } from "../files/file-error.ts";
import { findProvider } from "../providers/open-provider.ts";
import { EXIT, type ExitCode } from "../runtime/exit-codes.ts";
import { progressLine } from "../runtime/progress.ts";
import { usageError } from "../runtime/usage-error.ts";
import type { CommandModule } from "./command-module.ts";
import * as common from "./options.ts";

/** `keyrail conformance` */
export const conformance: CommandModule = {
  words: ["conformance"],
  summary: "run the conformance suite against a provider and write its report",
  details: `Every key the run makes is removed again, also after a failure or Ctrl-C. --read-only makes none and uses the keys that are
there. The report folder gets report.json (with its JSON Schema beside it), report.md, report.xml (JUnit) and report.txt. Exit
code 0: it passed; ${EXIT.no}: it failed; ${EXIT.interrupted}: interrupted (the report says so). --json prints the report.`,
  examples: [
    { line: "keyrail conformance --provider software:keys.sqlite --report report", does: "everything" },
    {
      line: "keyrail conformance --provider software::memory: --only sign --only verify",
      does: "two groups, no report",
    },
    { line: "keyrail conformance --provider software:keys.sqlite --read-only --report report", does: "makes no key" },
  ],
  define(command, run) {
    command
      .addOption(common.providerOption())
      .option("--report <folder>", "folder for the report; made when it is not there")
      .option("--only <check>", "only this check or group; repeat it for several", common.collect)
      .option("--except <check>", "not this check or group; repeat it for several", common.collect)
      .option("--read-only", "make, change and remove no key")
      .option("--key <key>", "with --read-only: use this key; repeat it for several", common.collect)
      .option("--label-prefix <text>", "first part of the label of every key that is made (default: keyrail-ct)")
      .option("--maximum-keys <count>", "how many keys the run may make (default: 2000)", common.wholeNumber)
      .option("--concurrency <count>", "calls in flight in the concurrency checks (default: 16)", common.wholeNumber)
      .option("--check-timeout <seconds>", "a check that takes longer is an error (default: 30)", common.positiveNumber)
      .addOption(common.passphraseFileOption())
      .action((options) =>
        run(async (session) => {
          if (options.key !== undefined && options.readOnly !== true)
            throw usageError("--key goes with --read-only.", "--key");
          if (options.labelPrefix !== undefined && !/^[\u0021-\u007e]{1,16}$/.test(options.labelPrefix)) {
            throw usageError("--label-prefix has 1 to 16 printable ASCII characters and no space.", "--label-prefix");
          }
          const { kind, request } = await findProvider(session, options, options.readOnly !== true);
          const folder = options.report === undefined ? undefined : resolve(session.cwd, options.report);
          if (folder !== undefined) await makeFolder(folder, options.report ?? folder);
          const { CHECKS, renderTable, runConformance } = await import("@keyrail/conformance-tests");
          checkNames([...(options.only ?? []), ...(options.except ?? [])], CHECKS);
          const line = progressLine();
          const runOptions: RunOptions = {
            signal: session.signal,
            onProgress: ({ done, total, id, state }) => line.show(`${done}/${total} ${state} ${id}`),
            ...(options.readOnly === undefined ? {} : { readOnly: options.readOnly }),
            ...(options.key === undefined ? {} : { existingKeys: options.key }),
            ...(options.only === undefined ? {} : { only: options.only }),
            ...(options.except === undefined ? {} : { except: options.except }),
            ...(options.labelPrefix === undefined ? {} : { labelPrefix: options.labelPrefix }),
            ...(options.maximumKeys === undefined ? {} : { maximumKeys: options.maximumKeys }),
            ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
            ...(options.checkTimeout === undefined ? {} : { checkTimeout: options.checkTimeout * 1000 }),
          };
          let report: ConformanceReport;
          try {
            report = await runConformance(kind.harness(request), runOptions);
          } finally {
            line.clear();
          }
          const files = folder === undefined ? [] : await writeReportFiles(report, folder, session);
          const where = folder === undefined ? "" : `The report is in ${options.report}: ${files.join(", ")}.`;
          return {
            document: report,
            text: `${renderTable(report, { colour: session.coloured })}${where}`,
            exitCode: exitCodeOf(report),
          };
        }),
      );
  },
};

async function makeFolder(folder: string, given: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError(error, join(given), "--report");
  }
}

function checkNames(
  names: readonly string[],
  checks: readonly { readonly id: string; readonly group: string }[],
): void {
  const unknown = names.find(
    (name) => !checks.some(({ id, group }) => id === name || group === name || id.startsWith(`${name}.`)),
  );
  if (unknown === undefined) return;
  const groups = [...new Set(checks.map(({ group }) => group))].join(", ");
  throw usageError(`There is no check or group "${unknown}"; the groups are ${groups}.`, "--only");
}

function exitCodeOf({ outcome }: ConformanceReport): ExitCode {
  return outcome === "passed" ? EXIT.ok : outcome === "aborted" ? EXIT.interrupted : EXIT.no;
}

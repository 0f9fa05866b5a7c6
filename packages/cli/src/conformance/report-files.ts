/** The files of a conformance report. */

import { join } from "node:path";
import type { ConformanceReport } from "@keyrail/conformance-tests";
import { writeOutputFile } from "../files/write-file.ts";
import type { Session } from "../runtime/session.ts";

/** Writes the report in every form into a folder that is there; gives the names of the files. */
export async function writeReportFiles(report: ConformanceReport, folder: string, session: Session): Promise<string[]> {
  const { renderJunit, renderMarkdown, renderTable, reportJsonSchema } = await import("@keyrail/conformance-tests");
  const files: Readonly<Record<string, string>> = {
    "report.json": `${JSON.stringify(report, undefined, 2)}\n`,
    "report.schema.json": `${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`,
    "report.md": renderMarkdown(report),
    "report.xml": renderJunit(report),
    "report.txt": renderTable(report, { everyCheck: true }),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeOutputFile({ file: join(folder, name), path: "--report" }, content, session);
  }
  return Object.keys(files);
}

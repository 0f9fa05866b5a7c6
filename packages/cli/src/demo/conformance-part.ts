/** The conformance part of the tour: one suite on every provider, and the matrix of what came out. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type ConformanceReport,
  type Harness,
  renderMatrix,
  renderTable,
  runConformance,
} from "@keyrail/conformance-tests";
import { writeReportFiles } from "../conformance/report-files.ts";
import { emulatedDfns, emulatedEncedo } from "./emulated-vendors.ts";
import { softwareSuite } from "./software-part.ts";
import type { TourPlace } from "./tour-place.ts";

/** The providers the suite runs on. */
export const SUITE_PROVIDERS = ["software", "encedo", "dfns"] as const;
/** One of them. */
export type SuiteProvider = (typeof SUITE_PROVIDERS)[number];

const SUITES: Readonly<Record<SuiteProvider, { readonly title: string; harness(place: TourPlace): Harness }>> = {
  software: { title: "The conformance suite, on a store of its own", harness: softwareSuite },
  encedo: { title: "The same suite on an emulated Encedo HEM", harness: () => emulatedEncedo() },
  dfns: { title: "The same suite on the emulated Dfns API", harness: () => emulatedDfns() },
};

/** Runs the suite on each provider; the matrix stands at the end, the reports in `reports` of the kept folder. */
export async function showConformance(
  providers: readonly SuiteProvider[],
  place: TourPlace,
): Promise<ConformanceReport[]> {
  const { narrator, session, kept } = place;
  const reports: ConformanceReport[] = [];
  for (const provider of providers) {
    session.signal.throwIfAborted();
    const suite = SUITES[provider];
    narrator.section(suite.title);
    const report = await runConformance(suite.harness(place), {
      signal: session.signal,
      onProgress: ({ done, total, id }) => narrator.progress.show(`   ${done} of ${total} checks: ${id}`),
    });
    narrator.say(renderTable(report, { colour: session.coloured }).trimEnd());
    const folder = join(kept, "reports", provider);
    await mkdir(folder, { recursive: true });
    await writeReportFiles(report, folder, session);
    reports.push(report);
  }
  session.signal.throwIfAborted();
  narrator.section("Matrix");
  narrator.say(renderMatrix(reports, { lines: "groups", form: "text" }).trimEnd());
  return reports;
}

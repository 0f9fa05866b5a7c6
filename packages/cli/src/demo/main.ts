/**
 * `npm start`: the whole story on this machine, or the parts that are named (`npm start -- software encedo`). Real key
 * files are imported, used and checked; the conformance suite runs on every provider; the keys of an emulated Encedo HEM
 * move to an emulated Dfns. Leaves nothing behind but reports and evidence.
 */
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { isKeyrailError } from "@keyrail/core";
import type { CellState, ConformanceReport } from "@keyrail/conformance-tests";
import { printError } from "../runtime/error-report.ts";
import { EXIT, type ExitCode } from "../runtime/exit-codes.ts";
import { watchInterruption } from "../runtime/interrupt.ts";
import { openSession } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { quietWarnings } from "../runtime/warnings.ts";
import { showConformance, SUITE_PROVIDERS } from "./conformance-part.ts";
import { showMigration } from "./migration-part.ts";
import { Narrator } from "./narrator.ts";
import { showSoftwareKeys } from "./software-part.ts";
import type { TourPlace } from "./tour-place.ts";

const root = resolve(import.meta.dirname, "../../../..");
const kept = join(root, ".keyrail");

const PARTS = [...SUITE_PROVIDERS, "migration"] as const;
const named = process.argv.slice(2);
const chosen = PARTS.filter((part) => named.length === 0 || named.includes(part));

/** Shows the parts that were chosen; gives the last lines, and whether all went well. */
async function show(place: TourPlace): Promise<{ readonly lines: readonly string[]; readonly ok: boolean }> {
  const lines: string[] = [];
  let reports: ConformanceReport[] = [];
  if (chosen.includes("software")) {
    lines.push(`${await showSoftwareKeys(place)} key files of other tools imported, used and checked.`);
  }
  const suites = SUITE_PROVIDERS.filter((provider) => chosen.includes(provider));
  if (suites.length > 0) {
    reports = await showConformance(suites, place);
    lines.push(totalsOf(reports));
    lines.push(`The conformance reports are in ${relative(process.cwd(), join(kept, "reports"))}.`);
  }
  if (chosen.includes("migration")) lines.push(...(await showMigration(place)).lines);
  return { lines, ok: reports.every(({ outcome }) => outcome === "passed") };
}

function totalsOf(reports: readonly ConformanceReport[]): string {
  const total = (...states: CellState[]): number =>
    reports.reduce((sum, { totals }) => sum + states.reduce((part, state) => part + totals[state], 0), 0);
  const all = total("pass", "unsupported", "fail", "error");
  return `${all} conformance checks on ${reports.length} providers: ${total("pass")} passed, ${total("unsupported")} refused as declared, ${total("fail", "error")} failed.`;
}

async function main(): Promise<ExitCode> {
  quietWarnings();
  const started = performance.now();
  const interruption = watchInterruption();
  const configuration = { folder: root, providers: {} };
  const session = openSession({
    json: false,
    signal: interruption.signal,
    loadConfiguration: async () => configuration,
  });
  const narrator = new Narrator();
  const scratch = await mkdtemp(join(tmpdir(), "keyrail-"));
  // Whatever ends this process, a second Ctrl-C too: nothing stays. Emulators put their files there as well.
  process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
  process.env["TMPDIR"] = scratch;
  try {
    narrator.say(narrator.style("bold", "Keyrail: one key-management port over very different custody"));
    const { lines, ok } = await show({ root, scratch, kept, narrator, session, interruption, signal: session.signal });
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    narrator.section("Done");
    const next = "Next: npm run keyrail -- --help, and docs/getting-started.md.";
    const gone = `${narrator.held} facts checked in ${seconds} s. The stores and key files made for the tour are gone.`;
    for (const line of [...lines, gone, next]) narrator.say(`   ${line}`);
    return ok ? EXIT.ok : EXIT.no;
  } catch (error) {
    narrator.progress.clear();
    const interrupted = interruption.exitCode();
    if (interrupted === undefined) {
      if (!isKeyrailError(error) && error instanceof Error) process.stderr.write(`${error.message}\n`);
      return printError(error, { json: false });
    }
    process.stderr.write("Interrupted; nothing was left behind.\n");
    return interrupted;
  }
}

const unknown = named.find((name) => !PARTS.some((part) => part === name));
process.exitCode =
  unknown === undefined
    ? await main()
    : printError(usageError(`There is no part "${unknown}" of the tour; there are ${PARTS.join(", ")}.`, "part"), {
        json: false,
      });

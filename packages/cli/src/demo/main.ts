/**
 * `npm start`: a tour. Real key files come in, are used and checked through the ports of the software provider, and the
 * conformance suite runs on every provider, or on those named (`npm start -- software`). Leaves nothing behind but the
 * conformance reports.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { isKeyrailError, type KeyRecord, type Provider } from "@keyrail/core";
import {
  type CellState,
  type ConformanceReport,
  type Harness,
  renderMatrix,
  renderTable,
  runConformance,
} from "@keyrail/conformance-tests";
import { writeReportFiles } from "../conformance/report-files.ts";
import type { OpenRequest } from "../providers/provider-kind.ts";
import { softwareKind } from "../providers/software.ts";
import { printError } from "../runtime/error-report.ts";
import { EXIT, type ExitCode } from "../runtime/exit-codes.ts";
import { watchInterruption } from "../runtime/interrupt.ts";
import { openSession, type Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { quietWarnings } from "../runtime/warnings.ts";
import { emulatedDfns, emulatedEncedo } from "./emulated-vendors.ts";
import { importSamples } from "./import-samples.ts";
import { makeKeySamples, opensslVersion, sharedKeySamples, sharedKeysFolder } from "./key-samples.ts";
import { Narrator } from "./narrator.ts";
import { agreeAndDerive, deriveChildren, seeRefusals, signAndVerify, useSecrets } from "./use-keys.ts";

const root = resolve(import.meta.dirname, "../../../..");
const reportFolder = join(root, ".keyrail/reports");

const PROVIDERS = ["software", "encedo", "dfns"];
const named: readonly string[] = process.argv.length > 2 ? process.argv.slice(2) : PROVIDERS;

/** What was done, for the last lines. */
interface Summary {
  readonly imported: number;
  readonly reports: readonly ConformanceReport[];
}

/** A request to open a store of the tour's own. */
function storeRequest(path: string, passphrase: string): OpenRequest {
  return {
    uri: { provider: softwareKind.scheme, network: false, store: path },
    text: path,
    folder: root,
    create: true,
    options: {},
    secret: async () => new TextEncoder().encode(passphrase),
  };
}

async function tour(folder: string, narrator: Narrator, session: Session): Promise<Summary> {
  const { signal } = session;
  const path = join(folder, "keys.sqlite");
  const passphrase = randomBytes(16).toString("base64url");

  narrator.section("A key store");
  let provider = await softwareKind.open(storeRequest(path, passphrase));
  try {
    narrator.say(`   ${provider.uri}: one SQLite file, every key sealed under a passphrase made for this run`);
    const records = await importAll(provider, folder, narrator, signal);
    const step = async (title: string, work: () => Promise<void>): Promise<void> => {
      signal.throwIfAborted();
      narrator.section(title);
      await work();
    };
    await step("Public keys of one key, in every encoding", () => showPublicKey(records, narrator));
    await step("Sign and verify", () => signAndVerify({ provider, records, narrator, signal }));
    await step("Agree, and derive a stored key", () => agreeAndDerive({ provider, records, narrator, signal }));
    await step("Hierarchical derivation", () => deriveChildren({ provider, records, narrator, signal }));
    await step("Encapsulate, authenticate, encrypt, wrap", () => useSecrets({ provider, records, narrator, signal }));
    await step("What is refused", () => seeRefusals({ provider, records, narrator, signal }));
    await step("Closed and opened again", async () => {
      const before = await count(provider, signal);
      await provider.close();
      const wrong = await softwareKind.open(storeRequest(path, "wrong")).catch((error: unknown) => error);
      narrator.fact("a wrong passphrase does not open the store", isKeyrailError(wrong, "WrongPassphrase"));
      provider = await softwareKind.open(storeRequest(path, passphrase));
      narrator.fact(`the right one does, and all ${before} keys are there`, (await count(provider, signal)) === before);
    });
    await provider.close();
    signal.throwIfAborted();
    const suite = softwareKind.harness(storeRequest(join(folder, "suite.sqlite"), passphrase));
    return { imported: records.length, reports: await conformance(suite, narrator, session) };
  } finally {
    await provider.close();
  }
}

async function importAll(
  provider: Provider,
  folder: string,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<KeyRecord[]> {
  const openssl = await opensslVersion();
  narrator.section(
    `Key files made just now by ${openssl ?? "Node.js alone: there is no openssl command"}${openssl === undefined ? "" : " and Node.js"}`,
  );
  const records = await importSamples(provider, await makeKeySamples(folder, openssl), narrator, signal);
  const shared = sharedKeysFolder(root);
  if (shared === undefined) return records;
  narrator.section(`Key files of other people's tools, in ${relative(root, shared)}`);
  return [...records, ...(await importSamples(provider, await sharedKeySamples(shared, folder), narrator, signal))];
}

async function showPublicKey(records: readonly KeyRecord[], narrator: Narrator): Promise<void> {
  const publicKey = records.find(({ keyType }) => keyType === "P-256")?.publicKey;
  if (publicKey === undefined) throw new Error("A P-256 key was imported.");
  const lines = [
    ...publicKey.toPem().trimEnd().split("\n"),
    JSON.stringify(publicKey.toJwk()),
    `raw         ${Buffer.from(publicKey.toRaw()).toString("hex")}`,
    `compressed  ${Buffer.from(publicKey.toCompressed()).toString("hex")}`,
    `thumbprint  ${publicKey.thumbprint()}`,
  ];
  for (const line of lines) narrator.say(`   ${line}`);
}

async function count(provider: Provider, signal: AbortSignal): Promise<number> {
  let keys = 0;
  for await (const record of provider.catalog?.list({ signal }) ?? []) keys += record.id === "" ? 0 : 1;
  return keys;
}

/** The suite on the software provider and on both vendors, or on those named; the matrix stands at the end. */
async function conformance(software: Harness, narrator: Narrator, session: Session): Promise<ConformanceReport[]> {
  const reports: ConformanceReport[] = [];
  for (const [title, folder, harness] of [
    ["The conformance suite, on a store of its own", "software", software],
    ["The same suite on an emulated Encedo HEM", "encedo", emulatedEncedo()],
    ["The same suite on the emulated Dfns API", "dfns", emulatedDfns()],
  ] as const) {
    if (!named.includes(folder)) continue;
    session.signal.throwIfAborted();
    narrator.section(title);
    const report = await runConformance(harness, {
      signal: session.signal,
      onProgress: ({ done, total, id }) => narrator.progress.show(`   ${done} of ${total} checks: ${id}`),
    });
    narrator.say(renderTable(report, { colour: session.coloured }).trimEnd());
    await mkdir(join(reportFolder, folder), { recursive: true });
    await writeReportFiles(report, join(reportFolder, folder), session);
    reports.push(report);
  }
  narrator.section("Matrix");
  narrator.say(renderMatrix(reports, { lines: "groups", form: "text" }).trimEnd());
  return reports;
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
  const folder = await mkdtemp(join(tmpdir(), "keyrail-"));
  try {
    narrator.say(narrator.style("bold", "Keyrail: one key-management port over very different custody"));
    const { imported, reports } = await tour(folder, narrator, session);
    if (reports.some(({ outcome }) => outcome === "aborted")) return interruption.exitCode() ?? EXIT.interrupted;
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const total = (state: CellState): number => reports.reduce((sum, { totals }) => sum + totals[state], 0);
    narrator.section("Done");
    narrator.say(
      [
        `   ${imported} key files imported, ${narrator.held} facts checked, ${total("pass") + total("unsupported") + total("fail") + total("error")} conformance checks on ${reports.length} providers: ${total("pass")} passed, ${total("unsupported")} refused as declared, ${total("fail") + total("error")} failed. ${seconds} s.`,
        `   The reports stay in ${relative(process.cwd(), reportFolder) || "."}; the store and the key files made for the tour are gone.`,
        "   Next: npm run keyrail -- --help, and docs/getting-started.md.",
      ].join("\n"),
    );
    return reports.every(({ outcome }) => outcome === "passed") ? EXIT.ok : EXIT.no;
  } catch (error) {
    narrator.progress.clear();
    const interrupted = interruption.exitCode();
    if (interrupted === undefined) {
      if (!isKeyrailError(error) && error instanceof Error) process.stderr.write(`${error.message}\n`);
      return printError(error, { json: false });
    }
    process.stderr.write("Interrupted; nothing was left behind.\n");
    return interrupted;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const unknown = named.find((name) => !PROVIDERS.includes(name));
process.exitCode =
  unknown === undefined
    ? await main()
    : printError(usageError(`There is no provider "${unknown}"; there are ${PROVIDERS.join(", ")}.`, "provider"), {
        json: false,
      });

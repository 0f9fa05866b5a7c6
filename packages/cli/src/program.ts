/** The command line: the tree of commands, their help, and how one is run. */

import { Command, CommanderError } from "@commander-js/extra-typings";
import manifest from "../package.json" with { type: "json" };
import type { CommandModule, RunCommand } from "./commands/command-module.ts";
import { COMMANDS, GROUPS } from "./commands/table.ts";
import { loadConfiguration } from "./config/load.ts";
import { asKeyrailError, printError } from "./runtime/error-report.ts";
import { EXIT, EXIT_CODE_MEANINGS, type ExitCode } from "./runtime/exit-codes.ts";
import type { Interruption } from "./runtime/interrupt.ts";
import { printResult } from "./runtime/result.ts";
import { openSession } from "./runtime/session.ts";
import { usageError } from "./runtime/usage-error.ts";

/** What environment variables mean. */
export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["KEYRAIL_PASSPHRASE_FILE", "file with the passphrase of the store (one line break at its end does not count)"],
  ["KEYRAIL_*_PASSPHRASE_FILE", "the same for one kind of provider, SOFTWARE or ENCEDO; it comes first"],
  ["KEYRAIL_REGISTRY", "registry of aliases: an SQLite file or postgres://…; default: .keyrail/registry.sqlite"],
  ["KEYRAIL_REGISTRY_FILE", "file that holds that URI, for one with a password in it"],
  ["KEYRAIL_JOURNAL", "journal of migrations, likewise; default: .keyrail/journal.sqlite"],
  ["KEYRAIL_JOURNAL_FILE", "file that holds that URI"],
  ["PGPASSWORD, PGPASSFILE", "password of PostgreSQL, as its own tools take it; default: ~/.pgpass"],
  ["KEYRAIL_DFNS_*", "Dfns: AUTH_TOKEN_FILE, CRED_ID, CREDENTIAL_KEY_FILE, ORG_ID, CA_FILE (docs/providers/dfns.md)"],
  ["KEYRAIL_ENCEDO_*", "Encedo HEM: CA_FILE, CERTIFICATE_HASH, EID, CHECKIN_URL (docs/providers/encedo.md)"],
  ["KEYRAIL_CONFIG", "configuration file; default: keyrail.config.json, .js, .mjs or .ts in the working directory"],
  ["KEYRAIL_DEBUG", "print stack traces with errors"],
  ["NO_COLOR", "no colours"],
];

const EXIT_CODES = EXIT_CODE_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join("\n");

/** Runs the command line and gives the exit code. Never rejects. */
export async function runCommandLine(args: readonly string[], interruption: Interruption): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = buildProgram(async (command, work) => {
    exitCode = await runOne(command, work, interruption);
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // Help for a command that is not whole was printed already.
    if (error instanceof CommanderError && error.code === "commander.help") return EXIT.usage;
    return printError(error instanceof CommanderError ? wrongUsage(error) : error, { json: args.includes("--json") });
  }
}

function wrongUsage(error: CommanderError): Error {
  const message = error.message.replace(/^error: /, "");
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`
    .replaceAll("\n", " ")
    .replace(/[.\s]*$/, ".");
  if (/unknown option.*(pass|secret|pin|token)/i.test(message)) {
    return usageError(
      `${sentence} Secrets are never arguments: give a file (--password-file, --passphrase-file).`,
      "--",
    );
  }
  return usageError(sentence, /--[\w-]+/.exec(message)?.[0] ?? "arguments");
}

async function runOne(
  command: Command,
  work: Parameters<RunCommand>[0],
  interruption: Interruption,
): Promise<ExitCode> {
  const { json, config }: { json?: true; config?: string } = command.opts();
  const session = openSession({
    json: json === true,
    signal: interruption.signal,
    loadConfiguration: () => loadConfiguration(config ?? process.env["KEYRAIL_CONFIG"], process.cwd()),
  });
  let exitCode: ExitCode;
  try {
    exitCode = await printResult(await work(session), session);
    if (session.json && session.warnings.length > 0) {
      process.stderr.write(`${JSON.stringify({ warnings: session.warnings })}\n`);
    }
  } catch (error) {
    // A prompt in raw mode gets Ctrl-C as a key, not as a signal.
    const atPrompt = interruption.exitCode() === undefined && asKeyrailError(error).code === "Aborted";
    if (atPrompt) interruption.interrupt();
    exitCode = printError(error, session);
  }
  return interruption.exitCode() ?? exitCode;
}

/** The tree of commands. `run` is called by the action of the one that was typed. */
export function buildProgram(run: (command: Command, work: Parameters<RunCommand>[0]) => Promise<void>): Command {
  const program = new Command("keyrail")
    .description("Keys over software, HSM and MPC custody through one port")
    .version(manifest.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false);
  settle(program);
  program.addHelpText("after", rootHelp);
  const known = new Map<string, Command>([["", program]]);
  for (const module of COMMANDS) addCommand(commandOf(module.words, known), module, run);
  return program;
}

/** The command of these words; it and the groups it stands in are made when they are first asked for. */
function commandOf(words: readonly string[], known: Map<string, Command>): Command {
  const path = words.join(" ");
  const found = known.get(path);
  if (found !== undefined) return found;
  const made = commandOf(words.slice(0, -1), known)
    .command(words.at(-1) ?? "")
    .description(GROUPS[path] ?? "")
    .helpCommand(false);
  settle(made);
  known.set(path, made);
  return made;
}

function addCommand(
  command: Command,
  module: CommandModule,
  run: (command: Command, work: Parameters<RunCommand>[0]) => Promise<void>,
): void {
  const { summary, details, examples } = module;
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  command
    .summary(summary)
    .description(details === undefined ? sentence : `${sentence}\n\n${details.replaceAll("\n", " ")}`);
  module.define(command, (work) => run(command, work));
  command
    .option("--json", "print one JSON document, and errors as JSON on standard error")
    .option("--config <file>", "configuration file (default: KEYRAIL_CONFIG, or keyrail.config.* here)")
    .addHelpText("after", () => exampleText(examples));
}

/** Errors are thrown, not printed: they are printed as all others are. */
function settle(command: Command): void {
  command
    .exitOverride()
    // A group that is a command too has the same options as those below it.
    .enablePositionalOptions()
    .configureOutput({ outputError() {} })
    .showSuggestionAfterError(true);
}

function exampleText(examples: CommandModule["examples"]): string {
  return [
    "",
    "Examples:",
    ...examples.flatMap(({ line, does }) => [`  # ${does}`, `  ${line}`]),
    "",
    "Exit codes:",
    EXIT_CODES,
  ].join("\n");
}

function rootHelp(): string {
  const variables = ENVIRONMENT.map(([name, meaning]) => `  ${name.padEnd(26)} ${meaning}`);
  return [
    "",
    "Examples:",
    "  keyrail keys create --provider software:keys.sqlite --key-type Ed25519 --label service",
    "  keyrail keys import key.pem --provider software:keys.sqlite --label service --json",
    "  keyrail conformance --provider software:keys.sqlite --report report",
    "",
    "Environment:",
    ...variables,
    "",
    "Exit codes:",
    EXIT_CODES,
  ].join("\n");
}

/** The page docs/cli.md, made of the command tree itself. */

import type { Command, CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { CommandModule } from "../commands/command-module.ts";
import { COMMANDS } from "../commands/table.ts";
import { buildProgram, ENVIRONMENT } from "../program.ts";
import { EXIT_CODE_MEANINGS, EXIT_CODE_OF_ERROR } from "../runtime/exit-codes.ts";

/** The reference of the `keyrail` command as a Markdown page. */
export function renderCommandReference(): string {
  const program = buildProgram(async () => undefined);
  return [
    "# The `keyrail` command",
    "",
    "Generated from the command itself; do not edit by hand. `--help` after any command prints the same.",
    "",
    ...introduction(),
    ...tableOf(
      "Environment",
      ["variable", "meaning"],
      ENVIRONMENT.map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    ...exitCodes(),
    "## Commands",
    "",
    ...COMMANDS.map(({ words, summary }) => `- [\`keyrail ${words.join(" ")}\`](#${anchor(words)}): ${summary}`),
    "",
    ...COMMANDS.flatMap((module) => section(program, module)),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function introduction(): string[] {
  return [
    "Results go to standard output: lines for people, or with `--json` one JSON document. Errors and warnings go to standard",
    'error: a sentence and a hint, or with `--json` one document `{"error":{"code","message","context","retry","hint"}}`, with',
    "`warnings` where there are any; [errors.md](errors.md) explains each code. Colours and progress appear only on a terminal.",
    "",
    "Secrets are never arguments. A passphrase or password comes out of a file (one line break at its end does not count), or is",
    "asked for on the terminal without being shown.",
    "",
    "A provider is named by its URI (`software:keys.sqlite`; `software::memory:` lives as long as the command), or by a name of the",
    "configuration file. A key is named by its key URI, which `create`, `import`, `derive` and `list` print, by an alias of the",
    "registry (`orders/signing`, or `orders/signing@2` for what it stood for then), or by its id with `--provider`. A bare name is",
    "an alias where there is one, else an id at the provider of the configuration file.",
    "",
    "## Configuration file",
    "",
    "`keyrail.config.json` (comments allowed), `.js`, `.mjs` or `.ts` in the working directory, or the file that `--config` or",
    "`KEYRAIL_CONFIG` names. Folders above are not searched: a configuration file can be a program. A TypeScript file is run by",
    "Node.js itself, which strips types: erasable syntax only. Relative paths start from the file's folder.",
    "",
    "```json",
    "{",
    '  "provider": "main",',
    '  "providers": {',
    '    "main": "software:./keys.sqlite",',
    '    "other": { "uri": "software:/var/lib/keys.sqlite", "passphraseFile": "/run/secrets/passphrase" }',
    "  },",
    '  "passphraseFile": "./passphrase",',
    '  "registry": "postgres://keyrail@db.example.com/keyrail",',
    '  "journal": "./journal.sqlite"',
    "}",
    "```",
    "",
    "`provider` is used when a command is given none; `passphraseFile` for stores that name none of their own. What comes first for a",
    "passphrase: `--passphrase-file`, `KEYRAIL_SOFTWARE_PASSPHRASE_FILE` or `KEYRAIL_ENCEDO_PASSPHRASE_FILE`, `KEYRAIL_PASSPHRASE_FILE`,",
    "the provider's `passphraseFile`, the file's own, the prompt.",
    "",
    'A software store keeps opened keys in memory, 64 MiB at most; `"options": { "cacheBytes": 1048576 }` beside its `uri` says',
    "otherwise. The commands that move keys use each a few times and keep 4 MiB, unless the file says otherwise.",
    "",
    "## Registry and journal",
    "",
    "The registry keeps aliases, the journal what a migration has done. Each is an SQLite file or a PostgreSQL database; both may be",
    "the same one. What comes first: `--registry` or `--journal`; `KEYRAIL_REGISTRY` or `KEYRAIL_JOURNAL`; the file that",
    "`KEYRAIL_REGISTRY_FILE` or `KEYRAIL_JOURNAL_FILE` names, with the URI in it; `registry` or `journal` of the configuration file, or",
    "`registryFile` or `journalFile` there, likewise; else `.keyrail/registry.sqlite` or `.keyrail/journal.sqlite` in the folder of the",
    "configuration file, or in the working directory where there is none. An SQLite file is made by `adopt`, `alias set` and",
    "`migrate apply` only; every other command says that there is none. A password in a URI on the command line is refused:",
    "arguments are visible to everyone on the machine. `PGPASSWORD` and `~/.pgpass` are read as PostgreSQL's own tools do.",
    "",
  ];
}

function exitCodes(): string[] {
  const codesOf = (code: number): string =>
    Object.entries(EXIT_CODE_OF_ERROR)
      .filter(([, exitCode]) => exitCode === code)
      .map(([name]) => `\`${name}\``)
      .join(", ");
  return tableOf(
    "Exit codes",
    ["code", "meaning", "error codes"],
    EXIT_CODE_MEANINGS.map(([code, meaning]) => [String(code), meaning, codesOf(code)]),
  );
}

function section(program: Command, module: CommandModule): string[] {
  const command = find(program, module.words);
  const options = command.options.filter((option) => !option.hidden);
  return [
    `## keyrail ${module.words.join(" ")}`,
    "",
    `\`keyrail ${module.words.join(" ")} ${command.usage()}\``,
    "",
    command.description(),
    "",
    ...command.registeredArguments.flatMap((argument, index, all) => [
      `- \`${argument.name()}\`: ${argument.description}`,
      ...(index === all.length - 1 ? [""] : []),
    ]),
    ...table(["option", "meaning"], options.map(optionRow)),
    "",
    "```sh",
    ...module.examples.flatMap(({ line, does }) => [`# ${does}`, line]),
    "```",
    "",
  ];
}

function optionRow(option: Option): string[] {
  return [`\`${option.flags}\``, option.description];
}

function find(program: Command, words: readonly string[]): CommandUnknownOpts {
  let command: CommandUnknownOpts | undefined = program;
  for (const word of words) command = command?.commands.find((each) => each.name() === word);
  if (command === undefined) throw new Error(`There is no command ${words.join(" ")}.`);
  return command;
}

function tableOf(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [`## ${title}`, "", ...table(head, rows), ""];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function anchor(words: readonly string[]): string {
  return `keyrail-${words.join("-")}`;
}

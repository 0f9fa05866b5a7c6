import type { AuditRecord, Registry } from "@keyrail/registry";
import { openFoundRegistry, registryOption } from "../../databases/registry.ts";
import type { CommandModule } from "../command-module.ts";
import { timeText } from "./alias-document.ts";

/** `keyrail alias audit` */
export const auditAliases: CommandModule = {
  words: ["alias", "audit"],
  summary: "list who changed what in the registry, newest first",
  details: `One line a change: time, id, what was done, by whom, and the aliases with the keys before and after. The id of a cut-over undoes
it with \`keyrail alias rollback\`.`,
  examples: [
    { line: "keyrail alias audit", does: "every change" },
    { line: "keyrail alias audit --alias orders/signing --json", does: "those of one alias" },
  ],
  define(command, run) {
    command
      .option("--alias <name>", "only changes of this alias")
      .option("--run <id>", "only changes of this migration run")
      .addOption(registryOption())
      .action((options) =>
        run(async (session) => {
          const registry = await openFoundRegistry(session, options.registry, false);
          const filter = {
            ...(options.alias === undefined ? {} : { alias: options.alias }),
            ...(options.run === undefined ? {} : { run: options.run }),
          };
          return { items: records(registry, filter), none: "There is no such change." };
        }),
      );
  },
};

async function* records(
  registry: Registry,
  filter: Parameters<Registry["audit"]>[0],
): AsyncGenerator<{ document: unknown; text: string }, void, undefined> {
  await using open = registry;
  for await (const record of open.audit(filter)) yield { document: record, text: auditLine(record) };
}

const SHOWN = 3;

function auditLine({ at, id, action, actor, reason, switches, keys }: AuditRecord): string {
  const changes = switches
    .slice(0, SHOWN)
    .map(({ alias, from, to }) => `${alias}: ${from ?? "nothing"} -> ${to ?? "nothing"}`);
  const more = switches.length - changes.length;
  const parts = [
    timeText(at),
    id,
    action.padEnd(9),
    actor,
    ...changes,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(keys.length === 0 ? [] : [`${keys.length} keys`]),
    ...(reason === undefined ? [] : [`(${reason})`]),
  ];
  return parts.join("  ");
}

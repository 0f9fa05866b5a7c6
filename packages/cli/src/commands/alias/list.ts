import type { Registry, AliasFilter } from "@keyrail/registry";
import { openFoundRegistry, registryOption } from "../../databases/registry.ts";
import { providerOption } from "../options.ts";
import { providerUriOf } from "../../providers/find-provider-uri.ts";
import type { CommandModule } from "../command-module.ts";
import { aliasDocument, aliasLine } from "./alias-document.ts";
import { collectPairs } from "./pairs.ts";

/** `keyrail alias list` */
export const listAliases: CommandModule = {
  words: ["alias", "list"],
  summary: "list aliases and the keys they stand for",
  details: `One line an alias: name, key URI, labels. --json prints an array of name, version, key, since (milliseconds), reason, labels.`,
  examples: [
    { line: "keyrail alias list", does: "every alias" },
    { line: "keyrail alias list --prefix orders/ --label env=production --json", does: "some of them, as JSON" },
  ],
  define(command, run) {
    command
      .option("--prefix <text>", "only aliases whose name starts so")
      .option("--label <key=value>", "only aliases with this label; repeat it for several", collectPairs)
      .addOption(providerOption())
      .addOption(registryOption())
      .action((options) =>
        run(async (session) => {
          const filter: AliasFilter = {
            ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
            ...(options.label === undefined ? {} : { labels: options.label }),
            ...(options.provider === undefined ? {} : { provider: await providerUriOf(session, options.provider) }),
          };
          const registry = await openFoundRegistry(session, options.registry, false);
          return { items: aliases(registry, filter), none: "There is no such alias." };
        }),
      );
  },
};

/** The aliases, and the registry closed after the last. */
async function* aliases(
  registry: Registry,
  filter: AliasFilter,
): AsyncGenerator<{ document: unknown; text: string }, void, undefined> {
  await using open = registry;
  for await (const alias of open.aliases(filter)) yield { document: aliasDocument(alias), text: aliasLine(alias) };
}

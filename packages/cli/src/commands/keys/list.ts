import { type KeyCatalog, type KeyRecord, type ListOptions, type Provider, type SearchRequest } from "@keyrail/core";
import { keyDocument, keyLine } from "../../keys/key-document.ts";
import { findProvider } from "../../providers/open-provider.ts";
import { requirePort } from "../../providers/require-port.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

/** `keyrail keys list` */
export const listKeys: CommandModule = {
  words: ["keys", "list"],
  summary: "list the keys of a provider",
  details: `One line a key: key type, usages, label, key URI. --json prints an array of key records.`,
  examples: [
    { line: "keyrail keys list --provider software:keys.sqlite", does: "every key" },
    { line: "keyrail keys list --provider software:keys.sqlite --label service --json", does: "those of one label" },
  ],
  define(command, run) {
    command
      .addOption(common.providerOption())
      .option("--label <text>", "only keys with this label")
      .option("--description-prefix <text>", "only keys whose description starts with this")
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((options) =>
        run(async (session) => {
          const { kind, request } = await findProvider(session, options, false);
          const provider = await kind.open(request);
          const search: SearchRequest = {
            ...(options.label === undefined ? {} : { label: options.label }),
            ...(options.descriptionPrefix === undefined ? {} : { descriptionPrefix: options.descriptionPrefix }),
          };
          return {
            items: records(provider, search, common.callOptions(session, options)),
            none: "There is no such key.",
          };
        }),
      );
  },
};

/** The records, and the provider closed after the last. */
async function* records(
  provider: Provider,
  search: SearchRequest,
  options: ListOptions,
): AsyncGenerator<{ document: unknown; text: string }, void, undefined> {
  await using open = provider;
  const catalog: KeyCatalog = requirePort(open, "catalog", "list keys");
  const found: AsyncIterable<KeyRecord> =
    Object.keys(search).length === 0 ? catalog.list(options) : catalog.search(search, options);
  for await (const record of found) yield { document: keyDocument(record), text: keyLine(record) };
}

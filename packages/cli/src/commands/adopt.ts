import type { KeyRecord, Provider } from "@keyrail/core";
import { actorOption, contextOf, reasonOption, registryOption, withRegistry } from "../databases/registry.ts";
import { findProvider, withProvider } from "../providers/open-provider.ts";
import { requirePort } from "../providers/require-port.ts";
import { progressLine } from "../runtime/progress.ts";
import type { CommandModule } from "./command-module.ts";
import * as common from "./options.ts";

/** `keyrail adopt` */
export const adoptKeys: CommandModule = {
  words: ["adopt"],
  summary: "take the keys of a provider into the registry",
  details: `The provider's keys are listed; nothing is made or changed there. A key that is in the registry is brought up to date. --json
prints provider, adopted (new ones) and known.`,
  examples: [
    { line: "keyrail adopt --provider encedo://hem.example.com --tag legacy", does: "every key, with a tag" },
    { line: "keyrail adopt --provider software:keys.sqlite --json", does: "the counts as JSON" },
  ],
  define(command, run) {
    command
      .addOption(common.providerOption())
      .option("--tag <text>", "a tag for these keys; repeat it for several", (tag, previous: string[] = []) => [
        ...previous,
        tag,
      ])
      .addOption(reasonOption())
      .addOption(actorOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((options) =>
        run(async (session) => {
          const found = await findProvider(session, options, false);
          return withProvider(found, async (provider) => {
            // Asked before a registry is made for nothing.
            const catalog = requirePort(provider, "catalog", "list its keys");
            return withRegistry(session, options, true, async (registry) => {
              const line = progressLine();
              const records = counted(catalog.list(common.callOptions(session, options)), (count) =>
                line.show(`${count} keys`),
              );
              try {
                const tags = options.tag === undefined ? {} : { tags: options.tag };
                const { adopted, known } = await registry.adopt(records, { ...contextOf(options), ...tags });
                return {
                  document: { provider: provider.uri, registry: registry.location, adopted, known },
                  text: summary(provider, adopted, known, registry.location),
                };
              } finally {
                line.clear();
              }
            });
          });
        }),
      );
  },
};

async function* counted(
  records: AsyncIterable<KeyRecord>,
  tell: (count: number) => void,
): AsyncGenerator<KeyRecord, void, undefined> {
  let count = 0;
  for await (const record of records) {
    tell(++count);
    yield record;
  }
}

function summary({ uri }: Provider, adopted: number, known: number, location: string): string {
  return `${adopted + known} keys of ${uri} are in the registry ${location}: ${adopted} new, ${known} known before.`;
}

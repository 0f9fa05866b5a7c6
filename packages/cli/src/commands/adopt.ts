import type { KeyRecord } from "@keyrail/core";
import { actorOption, contextOf, reasonOption, registryOption, withRegistry } from "../databases/registry.ts";
import { LabelAliases } from "../databases/label-aliases.ts";
import { findProvider, withProvider } from "../providers/open-provider.ts";
import { requirePort } from "../providers/require-port.ts";
import { counted } from "../runtime/plural.ts";
import { workProgress } from "../runtime/work-progress.ts";
import type { CommandModule } from "./command-module.ts";
import * as common from "./options.ts";

/** `keyrail adopt` */
export const adoptKeys: CommandModule = {
  words: ["adopt"],
  summary: "take the keys of a provider into the registry",
  details: `The provider's keys are listed; nothing is made or changed there. A key that is in the registry is brought up to date. With
--with-aliases a key gets its label as its alias, where the label can be one, no other key has it and the alias is free; public
keys of others get none. --json prints provider, registry, adopted (new ones), known, and aliases: made, known, taken (by other
keys), unfit (labels that are no alias or not the only one), public (public keys of others).`,
  examples: [
    { line: "keyrail adopt --provider encedo://hem.example.com --tag legacy", does: "every key, with a tag" },
    { line: "keyrail adopt --provider software:keys.sqlite --with-aliases", does: "and an alias for each label" },
  ],
  define(command, run) {
    command
      .addOption(common.providerOption())
      .option("--tag <text>", "a tag for these keys; repeat it for several", common.collect)
      .option("--with-aliases", "name each key by its label")
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
              const progress = workProgress("keys", session);
              const labels = options.withAliases === true ? new LabelAliases() : undefined;
              const records = watched(catalog.list(common.callOptions(session, options)), (record, done) => {
                labels?.add(record);
                progress.show({ done });
              });
              const context = contextOf(options);
              const tags = options.tag === undefined ? {} : { tags: options.tag };
              try {
                const { adopted, known } = await registry.adopt(records, {
                  ...context,
                  ...tags,
                  signal: session.signal,
                });
                const aliases = await labels?.make(registry, context, session.signal);
                const { location } = registry;
                const text = `${counted(adopted + known, "key")} of ${provider.uri} in the registry ${location}: ${adopted} new, ${known} known before.`;
                return {
                  document: { provider: provider.uri, registry: location, adopted, known, aliases },
                  text: aliases === undefined ? text : `${text}\n${aliasText(aliases)}`,
                };
              } finally {
                progress.end();
              }
            });
          });
        }),
      );
  },
};

async function* watched(
  records: AsyncIterable<KeyRecord>,
  tell: (record: KeyRecord, count: number) => void,
): AsyncGenerator<KeyRecord, void, undefined> {
  let count = 0;
  for await (const record of records) {
    tell(record, ++count);
    yield record;
  }
}

function aliasText({ made, known, taken, unfit, public: others }: Awaited<ReturnType<LabelAliases["make"]>>): string {
  const passedOver = others === 0 ? "" : ` ${counted(others, "public key")} of others got none.`;
  return `Aliases: ${made} made, ${known} known before, ${taken} name other keys and stay, ${unfit} labels can't be one or are not the only one.${passedOver}`;
}

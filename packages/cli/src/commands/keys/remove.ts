import { printable } from "@keyrail/core";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import { requirePort } from "../../providers/require-port.ts";
import { askYes } from "../../runtime/prompt.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

/** `keyrail keys remove` */
export const removeKey: CommandModule = {
  words: ["keys", "remove"],
  summary: "destroy a key (or archive it, where the provider does that)",
  details: `Not by an alias: which key that names may change at any moment. What a destroyed key signed can still be verified elsewhere, but nothing more can be signed with it and what it encrypted is
lost. On a terminal you are asked first; --yes answers that. Without a terminal --yes is needed.`,
  examples: [{ line: "keyrail keys remove software:keys.sqlite/KEY-ID --yes", does: "without asking" }],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .option("--yes", "do not ask")
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const found = await findKey(session, key, options);
          // Which key an alias names may change at any moment.
          if (found.alias !== undefined && !key.includes("@")) {
            throw usageError(
              `Which key the alias ${key} names may change at any moment: remove a key by its URI, now ${found.alias}, or by NAME@VERSION.`,
              "KEY",
            );
          }
          if (options.yes !== true && !session.interactive) {
            throw usageError("Nobody can be asked here: --yes says that the key is to be removed.", "--yes");
          }
          return withProvider(found, async (provider) => {
            const catalog = requirePort(provider, "catalog", "remove a key");
            const does = provider.capabilities.catalog?.remove ?? "destroyed";
            if (options.yes !== true) {
              const { label, keyType, uri } = await catalog.get(found.key, common.callOptions(session, options));
              const question = `Remove the ${keyType} key "${printable(label)}" (${uri})? It will be ${does}.`;
              if (!(await askYes(question, session.signal))) {
                return { document: { removed: false }, text: "Nothing was removed." };
              }
            }
            await catalog.remove(found.key, common.callOptions(session, options));
            return { document: { removed: true, key: found.key, how: does }, text: `The key was ${does}.` };
          });
        }),
      );
  },
};

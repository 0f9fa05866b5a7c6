import { actorOption, contextOf, reasonOption, registryOption, withRegistry } from "../../databases/registry.ts";
import type { CommandModule } from "../command-module.ts";
import { collect } from "../options.ts";
import { aliasResult } from "./alias-document.ts";
import { collectPairs } from "./pairs.ts";

/** `keyrail alias labels` */
export const labelAlias: CommandModule = {
  words: ["alias", "labels"],
  summary: "show or change the labels of an alias",
  details: `Labels are pairs for finding aliases (\`keyrail alias list --label\`): at most 32, keys to 64 and values to 256 characters.
Without --set and --unset they are shown.`,
  examples: [
    { line: "keyrail alias labels orders/signing --set env=production --set owner=orders", does: "add or change two" },
    { line: "keyrail alias labels orders/signing --unset owner", does: "take one away" },
  ],
  define(command, run) {
    command
      .argument("<name>", "the alias")
      .option("--set <key=value>", "add or change a label; repeat it for several", collectPairs)
      .option("--unset <key>", "take a label away; repeat it for several", collect)
      .addOption(reasonOption())
      .addOption(actorOption())
      .addOption(registryOption())
      .action((name, options) =>
        run((session) =>
          withRegistry(session, options, false, async (registry) => {
            const alias = await registry.alias(name);
            if (options.set === undefined && options.unset === undefined) return aliasResult("", alias, session);
            const kept = Object.entries(alias.labels).filter(([key]) => options.unset?.includes(key) !== true);
            const labels = { ...Object.fromEntries(kept), ...options.set };
            return aliasResult("The alias:", await registry.setLabels(name, labels, contextOf(options)), session);
          }),
        ),
      );
  },
};

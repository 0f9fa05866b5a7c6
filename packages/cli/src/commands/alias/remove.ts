import { actorOption, contextOf, reasonOption, registryOption, withRegistry } from "../../databases/registry.ts";
import { askYes } from "../../runtime/prompt.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";

/** `keyrail alias remove` */
export const removeAlias: CommandModule = {
  words: ["alias", "remove"],
  summary: "take an alias and its history away; the keys stay",
  details: `Services that use the alias fail from now on. On a terminal you are asked first; --yes answers that. Without a terminal --yes
is needed. The audit records stay.`,
  examples: [{ line: "keyrail alias remove orders/old --yes", does: "without asking" }],
  define(command, run) {
    command
      .argument("<name>", "the alias")
      .option("--yes", "do not ask")
      .addOption(reasonOption())
      .addOption(actorOption())
      .addOption(registryOption())
      .action((name, options) =>
        run((session) =>
          withRegistry(session, options, false, async (registry) => {
            const { current } = await registry.alias(name);
            if (options.yes !== true) {
              if (!session.interactive) {
                throw usageError("Nobody can be asked here: --yes says that the alias is to be removed.", "--yes");
              }
              if (!(await askYes(`Remove the alias ${name} of ${current.key}?`, session.signal))) {
                return { document: { removed: false }, text: "Nothing was removed." };
              }
            }
            await registry.removeAlias(name, contextOf(options));
            return { document: { removed: true, name, key: current.key }, text: `The alias ${name} is gone.` };
          }),
        ),
      );
  },
};

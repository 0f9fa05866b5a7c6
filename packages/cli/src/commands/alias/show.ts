import { registryOption, withRegistry } from "../../databases/registry.ts";
import type { CommandModule } from "../command-module.ts";
import { aliasResult } from "./alias-document.ts";

/** `keyrail alias show` */
export const showAlias: CommandModule = {
  words: ["alias", "show"],
  summary: "show what an alias stands for",
  examples: [{ line: "keyrail alias show orders/signing --json", does: "as JSON" }],
  define(command, run) {
    command
      .argument("<name>", "the alias")
      .addOption(registryOption())
      .action((name, options) =>
        run((session) =>
          withRegistry(session, options, false, async (registry) =>
            aliasResult("", await registry.alias(name), session),
          ),
        ),
      );
  },
};

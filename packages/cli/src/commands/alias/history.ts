import { registryOption, withRegistry } from "../../databases/registry.ts";
import type { CommandModule } from "../command-module.ts";
import { versionLine } from "./alias-document.ts";

/** `keyrail alias history` */
export const aliasHistory: CommandModule = {
  words: ["alias", "history"],
  summary: "list the keys an alias has stood for, newest first",
  details: `One line a version: number, time, key URI, reason. NAME@NUMBER stands for that key wherever an alias is taken.`,
  examples: [{ line: "keyrail alias history orders/signing --json", does: "as JSON" }],
  define(command, run) {
    command
      .argument("<name>", "the alias")
      .addOption(registryOption())
      .action((name, options) =>
        run((session) =>
          withRegistry(session, options, false, async (registry) => {
            const versions = await registry.history(name);
            return { document: versions, text: versions.map(versionLine).join("\n") };
          }),
        ),
      );
  },
};

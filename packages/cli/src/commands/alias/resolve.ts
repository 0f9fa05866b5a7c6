import { registryOption, withRegistry } from "../../databases/registry.ts";
import type { CommandModule } from "../command-module.ts";

/** `keyrail alias resolve` */
export const resolveAlias: CommandModule = {
  words: ["alias", "resolve"],
  summary: "print the key URI an alias stands for",
  details: `NAME gives the key of now, NAME@VERSION that of a version. --json prints alias, version and key.`,
  examples: [
    { line: "keyrail alias resolve orders/signing", does: "the key URI alone" },
    { line: "keyrail alias resolve orders/signing@1", does: "what it stood for at first" },
  ],
  define(command, run) {
    command
      .argument("<name>", "the alias, or NAME@VERSION")
      .addOption(registryOption())
      .action((name, options) =>
        run((session) =>
          withRegistry(session, options, false, async (registry) => {
            const resolved = await registry.resolve(name);
            return { document: resolved, text: resolved.key };
          }),
        ),
      );
  },
};

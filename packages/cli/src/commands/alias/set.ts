import { actorOption, contextOf, reasonOption, registryOption, withRegistry } from "../../databases/registry.ts";
import { canonicalKeyUri } from "../../providers/find-provider-uri.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";
import { aliasResult } from "./alias-document.ts";

/** `keyrail alias set` */
export const setAlias: CommandModule = {
  words: ["alias", "set"],
  summary: "make an alias, or switch it to another key",
  details: `A switch makes a new version; what the alias named before stays in its history as NAME@VERSION, and is still used to verify
and decrypt. --expect and --new refuse the switch when the alias names something else by now. The key itself is not looked for:
\`keyrail keys show KEY\` does that.`,
  examples: [
    {
      line: "keyrail alias set orders/signing encedo://hem.example.com/48ef03376351151476103a040cfe34ee",
      does: "make it",
    },
    {
      line: "keyrail alias set orders/signing dfns://api.dfns.io/KEY-ID --expect encedo://hem.example.com/KID --reason INC-7",
      does: "switch it, if it still names the old key",
    },
  ],
  define(command, run) {
    command
      .argument("<name>", "the alias: 1 to 128 lower-case letters, digits and . _ - /")
      .argument("<key>", "key URI")
      .option("--expect <key>", "the key URI it must name now")
      .option("--new", "it must not exist yet")
      .addOption(reasonOption())
      .addOption(actorOption())
      .addOption(registryOption())
      .action((name, key, options) =>
        run(async (session) => {
          if (options.expect !== undefined && options.new === true) {
            throw usageError("--new says that there is no such alias, --expect what it names; give one.", "--new");
          }
          const to = await canonicalKeyUri(session, key);
          const expect =
            options.new === true
              ? { expect: null }
              : options.expect === undefined
                ? {}
                : { expect: await canonicalKeyUri(session, options.expect) };
          return withRegistry(session, options, true, async (registry) => {
            const alias = await registry.setAlias(name, to, { ...contextOf(options), ...expect });
            const title = alias.current.version === 1 ? "The alias:" : `The alias, version ${alias.current.version}:`;
            return aliasResult(title, alias, session);
          });
        }),
      );
  },
};

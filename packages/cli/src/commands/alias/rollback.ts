import { actorOption, contextOf, reasonOption, registryOption, withRegistry } from "../../databases/registry.ts";
import type { CommandModule } from "../command-module.ts";
import { collect } from "../options.ts";

/** `keyrail alias rollback` */
export const rollBackCutOver: CommandModule = {
  words: ["alias", "rollback"],
  summary: "switch the aliases of a cut-over back, all or none",
  details: `The id is that of the cut-over's audit record: \`keyrail alias audit\` lists them. When one of the aliases was switched again
since, nothing is changed; --alias takes only some of them. Keys are not touched.`,
  examples: [
    { line: "keyrail alias rollback CUT-OVER-ID", does: "every alias of the cut-over" },
    { line: "keyrail alias rollback CUT-OVER-ID --alias orders/signing", does: "one of them" },
  ],
  define(command, run) {
    command
      .argument("<cut-over>", "id of the cut-over")
      .option("--alias <name>", "only this alias; repeat it for several", collect)
      .addOption(reasonOption())
      .addOption(actorOption())
      .addOption(registryOption())
      .action((cutOver, options) =>
        run((session) =>
          withRegistry(session, options, false, async (registry) => {
            const aliases = options.alias === undefined ? {} : { aliases: options.alias };
            const record = await registry.rollBack(cutOver, { ...contextOf(options), ...aliases });
            const lines = record.switches.map(({ alias, to }) => `  ${alias} -> ${to ?? "nothing"}`);
            return { document: record, text: ["Switched back:", ...lines].join("\n") };
          }),
        ),
      );
  },
};

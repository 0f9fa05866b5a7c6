import type { RenameRequest } from "@keyrail/core";
import { keyResult } from "../../keys/key-document.ts";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import { requirePort } from "../../providers/require-port.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

/** `keyrail keys rename` */
export const renameKey: CommandModule = {
  words: ["keys", "rename"],
  summary: "change the label or the description of a key",
  examples: [
    { line: 'keyrail keys rename software:keys.sqlite/KEY-ID --label "old service"', does: "another label" },
    { line: "keyrail keys rename software:keys.sqlite/KEY-ID --no-description", does: "take the description away" },
  ],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .option("--label <text>", "the new label")
      .option("--description <text>", "the new description")
      .option("--no-description", "take the description away")
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const { label, description } = options;
          if (label === undefined && description === undefined) {
            throw usageError("Say what to change: --label, --description or --no-description.", "--label");
          }
          const found = await findKey(session, key, options);
          const request: RenameRequest = {
            key: found.key,
            ...(label === undefined ? {} : { label }),
            ...(description === undefined ? {} : { description: typeof description === "string" ? description : null }),
          };
          return withProvider(found, async (provider) => {
            const catalog = requirePort(provider, "catalog", "rename a key");
            const record = await catalog.rename(request, common.callOptions(session, options));
            return keyResult("Renamed the key.", record, session);
          });
        }),
      );
  },
};

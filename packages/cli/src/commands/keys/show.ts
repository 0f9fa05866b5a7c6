import { keyResult, withPublicKey } from "../../keys/key-document.ts";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import { requirePort } from "../../providers/require-port.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

/** `keyrail keys show` */
export const showKey: CommandModule = {
  words: ["keys", "show"],
  summary: "show what a provider knows of a key",
  examples: [{ line: "keyrail keys show software:keys.sqlite/KEY-ID --json", does: "the record as JSON" }],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const found = await findKey(session, key, options);
          return withProvider(found, async (provider) => {
            const catalog = requirePort(provider, "catalog", "show a key");
            const record = await catalog.get(found.key, common.callOptions(session, options));
            const complete = record.half === "secret" ? record : await withPublicKey(provider, record, session.signal);
            return keyResult("", complete, session);
          });
        }),
      );
  },
};

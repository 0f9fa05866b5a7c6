import { withArticle } from "@keyrail/core";
import { defaultUsages, usagesFor } from "../../keys/default-usages.ts";
import { keyResult, withPublicKey } from "../../keys/key-document.ts";
import { capabilitiesOf, findProvider, withKeyMaker } from "../../providers/open-provider.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

/** `keyrail keys create` */
export const createKey: CommandModule = {
  words: ["keys", "create"],
  summary: "make a new key inside a provider",
  details: `Without --usage a key gets the usual purpose of its type: signing types sign and verify, X25519 and X448 agree and
derive, ML-KEM encapsulates, HMAC makes MACs, AES encrypts. A master key also derives.`,
  examples: [
    {
      line: "keyrail keys create --provider software:keys.sqlite --key-type Ed25519 --label service",
      does: "an Ed25519 signing key",
    },
    {
      line: "keyrail keys create --provider software:keys.sqlite --key-type P-256 --usage agree --usage derive --label peer",
      does: "a P-256 key for ECDH",
    },
    {
      line: "keyrail keys create --provider software:keys.sqlite --key-type secp256k1 --hierarchical BIP32 --label wallet",
      does: "a BIP-32 master key",
    },
  ],
  define(command, run) {
    command
      .addOption(common.providerOption())
      .addOption(common.keyTypeOption())
      .addOption(common.labelOption())
      .addOption(common.descriptionOption())
      .addOption(common.usageOption())
      .addOption(common.restrictToOption())
      .addOption(common.hierarchicalOption())
      .addOption(common.extractableOption())
      .addOption(common.idempotencyKeyOption())
      .addOption(common.quietOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((options) =>
        run(async (session) => {
          const { keyType, label, hierarchical } = options;
          if (keyType === undefined) throw usageError("Say what key to make with --key-type.", "--key-type");
          if (label === undefined) throw usageError("Give the key a name with --label.", "--label");
          const found = await findProvider(session, options, true);
          const usages =
            options.usage ??
            usagesFor(await capabilitiesOf(found), {
              operation: "create",
              keyType,
              hierarchical: hierarchical !== undefined,
            });
          const request = {
            keyType,
            usages: usages.length === 0 ? defaultUsages(keyType) : usages,
            ...(hierarchical === undefined ? {} : { hierarchical }),
            ...common.attributesOf(options, label),
          };
          return withKeyMaker(found, async (provider) => {
            const record = await provider.keys.create(request, common.callOptions(session, options));
            const complete = await withPublicKey(provider, record, session.signal);
            return keyResult(`Created ${withArticle(keyType)} key.`, complete, session, options);
          });
        }),
      );
  },
};

import type { DeriveRequest, KeyType } from "@keyrail/core";
import { DERIVATION_ALGORITHMS, withArticle } from "@keyrail/core";
import { Option } from "@commander-js/extra-typings";
import { readInputFile } from "../../files/read-file.ts";
import { defaultUsages } from "../../keys/default-usages.ts";
import { keyResult, withPublicKey } from "../../keys/key-document.ts";
import { peerOf } from "../../keys/peer.ts";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import { requirePort } from "../../providers/require-port.ts";
import { usageError } from "../../runtime/usage-error.ts";
import { choice } from "../choice.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

const MAXIMUM_PARAMETER_BYTES = 1024;

/** `keyrail keys derive` */
export const deriveKey: CommandModule = {
  words: ["keys", "derive"],
  summary: "derive a new key inside the provider: an HD child, or by ECDH",
  details: `With --path KEY is a master (HD) key and the new key its child. With --peer or --peer-key the new key is made of the shared
secret, which never leaves the provider; --key-type says what to make.`,
  examples: [
    {
      line: "keyrail keys derive software:keys.sqlite/MASTER-ID --path \"m/44'/60'/0'/0/0\" --label account-0",
      does: "an HD child",
    },
    {
      line: "keyrail keys derive software:keys.sqlite/KEY-ID --peer peer.pem --key-type AES-256 --info session --label session",
      does: "an AES key out of ECDH",
    },
  ],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .option("--path <path>", "HD path: m/44'/60'/0'/0/0")
      .option("--peer <file>", "file with the other side's public key (PEM, DER or JWK)")
      .option("--peer-key <key>", "a key of the same provider as the other side")
      .addOption(common.keyTypeOption("with --peer: what to make"))
      .addOption(
        new Option("--algorithm <name>", "with --peer: how (default: ECDH-HKDF-SHA-256)").argParser(
          choice(DERIVATION_ALGORITHMS),
        ),
      )
      .option("--salt-file <file>", "with --peer: file with the salt of HKDF, raw bytes")
      .option("--info <text>", "with --peer: the info of HKDF")
      .addOption(common.labelOption())
      .addOption(common.descriptionOption())
      .addOption(common.usageOption())
      .addOption(common.restrictToOption())
      .addOption(common.extractableOption())
      .addOption(common.idempotencyKeyOption())
      .addOption(common.quietOption())
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const { path, label } = options;
          const byAgreement = options.peer !== undefined || options.peerKey !== undefined;
          if (label === undefined) throw usageError("Give the new key a name with --label.", "--label");
          if ((path !== undefined) === byAgreement) {
            throw usageError("Give either --path (an HD child) or --peer or --peer-key (ECDH).", "--path");
          }
          const found = await findKey(session, key, options);
          const given = common.callOptions(session, options);
          const attributes = common.attributesOf(options, label);
          const agreement = path === undefined ? await agreementOf(options, session) : undefined;
          return withProvider(found, async (provider) => {
            let request: DeriveRequest;
            if (agreement === undefined) {
              const keyType = async (): Promise<KeyType> =>
                (await requirePort(provider, "catalog", "show a key").get(found.key, given)).keyType;
              const usages = options.usage ?? defaultUsages(await keyType());
              request = { kind: "hd", key: found.key, path: path ?? "m", usages, ...attributes };
            } else {
              const usages = options.usage ?? defaultUsages(agreement.keyType);
              request = { kind: "ecdh", key: found.key, ...agreement, usages, ...attributes };
            }
            const record = await provider.keys.derive(request, given);
            return keyResult(
              `Derived ${withArticle(record.keyType)} key.`,
              await withPublicKey(provider, record, session.signal),
              session,
              options,
            );
          });
        }),
      );
  },
};

type AgreementOptions = Parameters<typeof peerOf>[0] & {
  readonly keyType?: KeyType | undefined;
  readonly algorithm?: (typeof DERIVATION_ALGORITHMS)[number] | undefined;
  readonly saltFile?: string | undefined;
  readonly info?: string | undefined;
};

async function agreementOf(
  { keyType, algorithm, saltFile, info, ...peerOptions }: AgreementOptions,
  session: Parameters<typeof peerOf>[1],
): Promise<Pick<Extract<DeriveRequest, { kind: "ecdh" }>, "peer" | "keyType" | "algorithm" | "salt" | "info">> {
  if (keyType === undefined) throw usageError("Say what key to make with --key-type.", "--key-type");
  const salt =
    saltFile === undefined
      ? undefined
      : await readInputFile({ file: saltFile, path: "--salt-file", maximumBytes: MAXIMUM_PARAMETER_BYTES }, session);
  return {
    peer: await peerOf(peerOptions, session),
    keyType,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(salt === undefined ? {} : { salt }),
    ...(info === undefined ? {} : { info: new TextEncoder().encode(info) }),
  };
}

import { Option } from "@commander-js/extra-typings";
import { AGREEMENT_ALGORITHMS, type AgreementAlgorithm, type KeyType, wipe } from "@keyrail/core";
import { BYTE_ENCODINGS, encodeBytes } from "../../files/byte-encoding.ts";
import { secretOutput, writeSecret } from "../../files/write-secret.ts";
import { peerOf } from "../../keys/peer.ts";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import { requirePort } from "../../providers/require-port.ts";
import { choice } from "../choice.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

/** `keyrail keys agree` */
export const agreeWithKey: CommandModule = {
  words: ["keys", "agree"],
  summary: "agree on a shared secret with somebody's public key",
  details: `The result is the raw shared secret: the x coordinate (ECDH) or the output of RFC 7748. Feed it to a key derivation
function; never use it as a key. It is written to --out, readable by you alone, and never shown on a terminal.
"keyrail keys derive --peer" keeps it inside the provider instead.`,
  examples: [
    {
      line: "keyrail keys agree software:keys.sqlite/KEY-ID --peer peer.pem --out secret",
      does: "with a public key in a file",
    },
  ],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .option("--peer <file>", "file with the other side's public key (PEM, DER or JWK)")
      .option("--peer-key <key>", "a key of the same provider")
      .addOption(
        new Option("--algorithm <name>", `${AGREEMENT_ALGORITHMS.join(", ")} (default: by key type)`).argParser(
          choice(AGREEMENT_ALGORITHMS),
        ),
      )
      .option("--out <file>", 'file for the secret; "-" is standard output')
      .option("--force", "replace an existing file")
      .addOption(
        new Option("--encoding <encoding>", `${BYTE_ENCODINGS.join(", ")} (default: raw)`).argParser(
          choice(BYTE_ENCODINGS),
        ),
      )
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const output = secretOutput(options, session);
          const peer = await peerOf(options, session);
          const found = await findKey(session, key, options);
          const given = common.callOptions(session, options);
          return withProvider(found, async (provider) => {
            const port = requirePort(provider, "agreement", "agree on a shared secret");
            const keyType =
              "publicKey" in peer
                ? peer.publicKey.keyType
                : (await requirePort(provider, "catalog", "show a key").get(found.key, given)).keyType;
            const algorithm = options.algorithm ?? algorithmFor(keyType);
            const secret = await port.agree({ key: found.key, algorithm, peer }, given);
            try {
              const document = { algorithm, bytes: secret.length };
              const content = encodeBytes(secret, options.encoding ?? "raw");
              return await writeSecret(output, content, { document, what: `${secret.length} bytes` }, session);
            } finally {
              wipe(secret);
            }
          });
        }),
      );
  },
};

function algorithmFor(keyType: KeyType): AgreementAlgorithm {
  return keyType === "X25519" || keyType === "X448" ? keyType : "ECDH";
}

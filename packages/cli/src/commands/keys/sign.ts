import { Option } from "@commander-js/extra-typings";
import { encodeBase64Url, encodeHex, type Provider, type Signature, wipe } from "@keyrail/core";
import { BYTE_ENCODINGS, encodeBytes } from "../../files/byte-encoding.ts";
import { readInputFile } from "../../files/read-file.ts";
import { requireOtherFile, writeOutputFile } from "../../files/write-file.ts";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import { requirePort } from "../../providers/require-port.ts";
import { choice } from "../choice.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";
import {
  algorithmOption,
  formatOption,
  isMacAlgorithm,
  refuseSignatureOptions,
  requiredOf,
  signatureParameters,
  type SignatureOptions,
} from "./signature-options.ts";

/** `keyrail keys sign` */
export const signWithKey: CommandModule = {
  words: ["keys", "sign"],
  summary: "sign a file, or make its MAC",
  details: `--out writes the bytes of the signature; without it the signature is printed in base64url (--encoding changes either).
ECDSA signatures are r || s unless --format der is given, and have the lower S on secp256k1 unless --no-low-s is given.
With HS256 and its like the key makes a MAC. --json prints one object: algorithm, signature (base64url), and where they
exist format, recoveryId, outputKey (hexadecimal) and file.`,
  examples: [
    {
      line: "keyrail keys sign software:keys.sqlite/KEY-ID --algorithm ES256 --in message --out signature",
      does: "a file with the 64 bytes of the signature",
    },
    {
      line: "keyrail keys sign software:keys.sqlite/KEY-ID --algorithm ECDSA --digest --in digest --recoverable --json",
      does: "a caller's digest, with the recovery id",
    },
  ],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .addOption(algorithmOption())
      .option("--in <file>", 'what to sign ("-" is standard input)')
      .option("--out <file>", "write the signature to a file")
      .option("--digest", "the input is a digest, made by you")
      .addOption(formatOption())
      .option("--low-s", "ECDSA: give the lower S")
      .option("--no-low-s", "ECDSA: leave S as it comes")
      .option("--recoverable", "ECDSA on secp256k1: give the recovery id along (with --json, or on standard error)")
      .option("--context <text>", "context string of Ed25519ctx, Ed25519ph, Ed448, Ed448ph, ML-DSA")
      .option("--context-hex <hex>", "the same, as bytes in hexadecimal")
      .option("--merkle-root <hex>", "BIP341: the 32-byte root of the script tree")
      .addOption(
        new Option("--encoding <encoding>", `of the signature: ${BYTE_ENCODINGS.join(", ")}`).argParser(
          choice(BYTE_ENCODINGS),
        ),
      )
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const { algorithm, file } = requiredOf(options);
          requireOtherFile(file, options.out, session);
          const found = await findKey(session, key, options);
          const input = await readInputFile({ file, path: "--in" }, session);
          const given = common.callOptions(session, options);
          const made = await withProvider(found, async (provider): Promise<Signature> => {
            if (!isMacAlgorithm(algorithm)) return signature(provider, found.key, algorithm, options, input, given);
            refuseSignatureOptions(options);
            const port = requirePort(provider, "mac", "make a MAC");
            return { signature: await port.mac({ key: found.key, algorithm, message: input }, given) };
          });
          wipe(input);
          const { recoveryId, outputKey } = made;
          const document = {
            algorithm,
            signature: encodeBase64Url(made.signature),
            ...(options.format === undefined ? {} : { format: options.format }),
            ...(recoveryId === undefined ? {} : { recoveryId }),
            ...(outputKey === undefined ? {} : { outputKey: encodeHex(outputKey) }),
          };
          const toFile = options.out !== undefined && options.out !== "-";
          const encoding = options.encoding ?? (options.out === undefined ? "base64url" : "raw");
          const text = encodeBytes(made.signature, encoding);
          if (!session.json && recoveryId !== undefined) process.stderr.write(`recovery id ${recoveryId}\n`);
          if (!toFile || options.out === undefined) return { document, text };
          await writeOutputFile({ file: options.out, path: "--out" }, text, session);
          return { document: { ...document, file: options.out }, text: `Wrote the signature to ${options.out}.` };
        }),
      );
  },
};

function signature(
  provider: Provider,
  key: string,
  algorithm: Exclude<ReturnType<typeof requiredOf>["algorithm"], import("@keyrail/core").MacAlgorithm>,
  options: SignatureOptions & { readonly recoverable?: true | undefined },
  input: Uint8Array,
  given: import("@keyrail/core").CallOptions,
): Promise<Signature> {
  const recoverable = options.recoverable === undefined ? {} : { recoverable: true };
  const port = requirePort(provider, "signer", "sign");
  return port.sign({ key, algorithm, ...signatureParameters(options, input), ...recoverable }, given);
}

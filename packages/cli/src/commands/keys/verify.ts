import { Option } from "@commander-js/extra-typings";
import type { CallOptions, MacAlgorithm, Provider, SignatureAlgorithm } from "@keyrail/core";
import { BYTE_ENCODINGS, decodeBytes } from "../../files/byte-encoding.ts";
import { readInputFile } from "../../files/read-file.ts";
import { registryOption } from "../../databases/registry.ts";
import { anyVersionSays } from "../../providers/earlier-versions.ts";
import { requirePort } from "../../providers/require-port.ts";
import { EXIT } from "../../runtime/exit-codes.ts";
import { usageError } from "../../runtime/usage-error.ts";
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

/** `keyrail keys verify` */
export const verifyWithKey: CommandModule = {
  words: ["keys", "verify"],
  summary: "check the signature or the MAC of a file",
  details: `Exit code 0: the signature is valid; ${EXIT.no}: it is not. --json prints {"valid":true} or {"valid":false}. Options that change
what was signed (--digest, --format, --context, --merkle-root) must be the same as for signing; --low-s refuses an ECDSA
signature with the higher S. Where the provider checks no signatures, its
public key is asked for and the check is made here. Under an alias the keys it stood for earlier are tried too; NAME@VERSION is one
key alone.`,
  examples: [
    {
      line: "keyrail keys verify software:keys.sqlite/KEY-ID --algorithm ES256 --in message --signature signature",
      does: "a file with the bytes of the signature",
    },
    {
      line: "keyrail keys verify software:keys.sqlite/KEY-ID --algorithm ES256 --in message --signature signature.txt --encoding base64url",
      does: "a file with the signature as text",
    },
  ],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .addOption(algorithmOption())
      .option("--in <file>", 'what was signed ("-" is standard input)')
      .option("--signature <file>", "file with the signature")
      .option("--digest", "the input is a digest, made by you")
      .addOption(formatOption())
      .option("--low-s", "ECDSA: refuse the higher S")
      .option("--context <text>", "context string of Ed25519ctx, Ed25519ph, Ed448, Ed448ph, ML-DSA")
      .option("--context-hex <hex>", "the same, as bytes in hexadecimal")
      .option("--merkle-root <hex>", "BIP341: the 32-byte root of the script tree")
      .addOption(
        new Option(
          "--encoding <encoding>",
          `of the signature file: ${BYTE_ENCODINGS.join(", ")} (default: raw)`,
        ).argParser(choice(BYTE_ENCODINGS)),
      )
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const { algorithm, file } = requiredOf(options);
          if (options.signature === undefined)
            throw usageError("Name the signature's file with --signature.", "--signature");
          const input = await readInputFile({ file, path: "--in" }, session);
          const content = await readInputFile({ file: options.signature, path: "--signature" }, session);
          const signature = decodeBytes(content, options.encoding ?? "raw", "--signature");
          const given = common.callOptions(session, options);
          const asked = { algorithm, input, signature, options };
          const valid = await anyVersionSays(session, key, options, (provider, of) =>
            verify(provider, { key: of, ...asked }, given),
          );
          return {
            document: { valid },
            text: valid
              ? session.style("green", "The signature is valid.")
              : `${session.style("red", "The signature is NOT valid.")}${guess(options, algorithm, signature)}`,
            exitCode: valid ? EXIT.ok : EXIT.no,
          };
        }),
      );
  },
};

interface Verification {
  readonly key: string;
  readonly algorithm: SignatureAlgorithm | MacAlgorithm;
  readonly input: Uint8Array;
  readonly signature: Uint8Array;
  readonly options: SignatureOptions;
}

async function verify(
  provider: Provider,
  { key, algorithm, input, signature, options }: Verification,
  given: CallOptions,
): Promise<boolean> {
  if (isMacAlgorithm(algorithm)) {
    refuseSignatureOptions(options);
    const port = requirePort(provider, "mac", "check a MAC");
    return port.verifyMac({ key, algorithm, message: input, tag: signature }, given);
  }
  const request = { key, algorithm, ...signatureParameters(options, input), signature };
  const { verifySignature } = await import("@keyrail/registry");
  return verifySignature(provider, request, given);
}

/** The usual mistake: a DER signature taken for r || s. */
function guess({ format }: SignatureOptions, algorithm: string, signature: Uint8Array): string {
  const looksLikeDer = signature[0] === 0x30 && signature[1] === signature.length - 2;
  const isEcdsa = /^(ES|ECDSA)/.test(algorithm);
  return isEcdsa && format !== "der" && looksLikeDer ? " It looks like DER: --format der." : "";
}

import { basename, extname } from "node:path";
import {
  type DerivationAlgorithm,
  type ImportRequest,
  KeyrailError,
  tryDecodeHex,
  type Usage,
  withArticle,
} from "@keyrail/core";
import { KEY_FILE_FORMATS, type ParsedKey } from "@keyrail/crypto";
import { Option } from "@commander-js/extra-typings";
import { readSecretFile } from "../../files/read-secret.ts";
import { usagesFor } from "../../keys/default-usages.ts";
import { keyResult, withPublicKey } from "../../keys/key-document.ts";
import { readKey, wipeKey } from "../../keys/read-key.ts";
import { capabilitiesOf, findProvider, withKeyMaker } from "../../providers/open-provider.ts";
import { usageError } from "../../runtime/usage-error.ts";
import type { Session } from "../../runtime/session.ts";
import { choice } from "../choice.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

/** `keyrail keys import` */
export const importKey: CommandModule = {
  words: ["keys", "import"],
  summary: "bring a key file into a provider",
  details: `FILE is PEM or DER (PKCS#8, plain or encrypted; SEC 1; SPKI), JWK, Web3 Secret Storage v3, Solana id.json, hexadecimal or
raw bytes ("-" reads standard input). Hexadecimal and raw files need
--key-type, or a name that starts with the type: secp256k1.private.hex. A file with only a public key is
refused unless --public is given. A failed import stores nothing and makes no store.`,
  examples: [
    { line: "keyrail keys import key.pem --provider software:keys.sqlite --label service", does: "a PEM file" },
    {
      line: "keyrail keys import key.pem --provider software:keys.sqlite --label service --password-file password --json",
      does: "an encrypted one, the record as JSON",
    },
    {
      line: "keyrail keys import key.hex --key-type secp256k1 --provider software:keys.sqlite --label chain",
      does: "bare hexadecimal",
    },
    {
      line: "keyrail keys import peer.pem --public --provider software:keys.sqlite --label peer",
      does: "somebody's public key, to verify with",
    },
  ],
  define(command, run) {
    command
      .argument("<file>", "the key file")
      .addOption(common.providerOption())
      .option("--label <text>", "a name for people (default: the file's name)")
      .addOption(common.descriptionOption())
      .option("--password-file <file>", "file with the password of an encrypted key file")
      .addOption(common.keyTypeOption("what the key is: for hex and raw files; checked for all others"))
      .addOption(
        new Option(
          "--format <format>",
          `format of the file: ${KEY_FILE_FORMATS.join(", ")} (default: found out)`,
        ).argParser(choice(KEY_FILE_FORMATS)),
      )
      .option("--public", "import a public key")
      .addOption(common.usageOption())
      .addOption(common.restrictToOption())
      .addOption(common.extractableOption())
      .addOption(common.hierarchicalOption())
      .option("--chain-code-file <file>", "file with the master key's chain code: 32 bytes in hexadecimal")
      .addOption(common.idempotencyKeyOption())
      .addOption(common.quietOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((file, options) =>
        run(async (session) => {
          const found = await findProvider(session, options, true);
          const key = await readKey({ ...options, file, path: "FILE" }, session);
          try {
            checkHalf(key, file, options.public === true);
            const usages = options.usage ?? usagesFor(await capabilitiesOf(found), newKey(key, options.hierarchical));
            const attributes = { usages, ...common.attributesOf(options, options.label ?? defaultLabel(file)) };
            const request = await requestOf(key, attributes, options, session);
            return await withKeyMaker(found, async (provider) => {
              const record = await provider.keys.import(request, common.callOptions(session, options));
              const complete = await withPublicKey(provider, record, session.signal);
              return keyResult(`Imported ${withArticle(record.keyType)} key.`, complete, session, options);
            });
          } finally {
            wipeKey(key);
          }
        }),
      );
  },
};

function defaultLabel(file: string): string {
  return file === "-" ? "standard input" : basename(file, extname(file));
}

function checkHalf(key: ParsedKey, file: string, wantsPublic: boolean): void {
  if (key.kind === "public" && !wantsPublic) {
    throw new KeyrailError(
      "InvalidKeyMaterial",
      `${file}: The file holds only a public key; a private key is needed, or --public to import the public key alone.`,
      { reason: "public key only" },
    );
  }
  if (key.kind !== "public" && wantsPublic) {
    throw new KeyrailError("InvalidKeyMaterial", `${file}: The file holds a ${key.kind} key, not a public key.`, {
      reason: "not a public key",
    });
  }
}

function newKey(key: ParsedKey, hierarchical: DerivationAlgorithm | undefined): Parameters<typeof usagesFor>[1] {
  switch (key.kind) {
    case "public":
      return { operation: "import:public", keyType: key.publicKey.keyType, half: "public" };
    case "secret":
      return { operation: "import:secret", keyType: key.keyType };
    case "private":
      return {
        operation: "import:private",
        keyType: key.material.keyType,
        hierarchical: hierarchical !== undefined,
      };
  }
}

async function requestOf(
  key: ParsedKey,
  attributes: { readonly usages: readonly Usage[]; readonly label: string },
  options: { readonly hierarchical?: DerivationAlgorithm | undefined; readonly chainCodeFile?: string | undefined },
  session: Session,
): Promise<ImportRequest> {
  const { hierarchical, chainCodeFile } = options;
  if ((hierarchical === undefined) !== (chainCodeFile === undefined)) {
    throw usageError("--hierarchical and --chain-code-file go together.", "--chain-code-file");
  }
  if (hierarchical !== undefined && key.kind !== "private") {
    throw usageError(`A ${key.kind} key can't be a master key.`, "--hierarchical");
  }
  switch (key.kind) {
    case "public":
      return { kind: "public", publicKey: key.publicKey, ...attributes };
    case "secret":
      return { kind: "secret", keyType: key.keyType, secret: key.bytes, ...attributes };
    case "private": {
      if (hierarchical === undefined || chainCodeFile === undefined) {
        return { kind: "private", privateKey: key.material, ...attributes };
      }
      const chainCode = await readChainCode(chainCodeFile, session);
      return { kind: "private", privateKey: { ...key.material, chainCode }, hierarchical, ...attributes };
    }
  }
}

async function readChainCode(file: string, session: Session): Promise<Uint8Array> {
  const text = await readSecretFile({ file, path: "--chain-code-file" }, session);
  const chainCode = tryDecodeHex(text);
  text.fill(0);
  if (chainCode?.length !== 32) {
    throw usageError(`${file} must hold a chain code: 32 bytes as 64 hexadecimal digits.`, "--chain-code-file");
  }
  return chainCode;
}

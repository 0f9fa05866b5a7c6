import { Option } from "@commander-js/extra-typings";
import { encodeHex, type ExportedKey, type Provider, wipe } from "@keyrail/core";
import { WRITABLE_KEY_FILE_FORMATS, type WritableKeyFileFormat } from "@keyrail/crypto";
import { readSecretFile } from "../../files/read-secret.ts";
import { secretOutput, writeSecret } from "../../files/write-secret.ts";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import { requirePort } from "../../providers/require-port.ts";
import { usageError } from "../../runtime/usage-error.ts";
import { choice } from "../choice.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

/** `keyrail keys export` */
export const exportKey: CommandModule = {
  words: ["keys", "export"],
  summary: "take the secret half of an extractable key out, as a key file",
  details: `Only keys that were made or imported with --extractable. Private keys: ${WRITABLE_KEY_FILE_FORMATS.join(", ")}; symmetric keys: jwk
(default), hex, raw. --password-file encrypts pkcs8-pem and pkcs8 (PBES2), and is needed for web3; the other formats are
never encrypted. The file is readable by you alone; an existing one is only replaced with --force. "keyrail keys public" gives the public half.`,
  examples: [
    {
      line: "keyrail keys export software:keys.sqlite/KEY-ID --password-file password --out key.pem",
      does: "encrypted PKCS#8",
    },
    {
      line: "keyrail keys export software:keys.sqlite/KEY-ID --format jwk --out key.jwk",
      does: "a private JWK, in clear",
    },
  ],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .addOption(
        new Option("--format <format>", "format of the file (default: pkcs8-pem; jwk for symmetric keys)").argParser(
          choice(WRITABLE_KEY_FILE_FORMATS),
        ),
      )
      .option("--password-file <file>", "file with the password to encrypt it with")
      .option("--out <file>", 'the file; "-" is standard output, if that is no terminal')
      .option("--force", "replace an existing file")
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const output = secretOutput(options, session);
          const found = await findKey(session, key, options);
          const { passwordFile } = options;
          const password =
            passwordFile === undefined
              ? undefined
              : await readSecretFile({ file: passwordFile, path: "--password-file" }, session);
          return withProvider(found, async (provider) => {
            const port = requirePort(provider, "keyExport", "export a key");
            const exported = await port.export(found.key, common.callOptions(session, options));
            try {
              if (exported.kind === "private" && exported.privateKey.chainCode !== undefined) {
                session.warn(
                  "The chain code of this master key has no place in a key file; its children can't be derived from the file.",
                );
              }
              const file = await keyFileOf(exported, provider, found.key, { format: options.format, password });
              const document = {
                uri: `${provider.uri}/${found.key}`,
                format: file.format,
                encrypted: password !== undefined,
              };
              return await writeSecret(output, file.content, { document, what: "the key" }, session);
            } finally {
              if (exported.kind === "private") wipe(exported.privateKey.bytes, exported.privateKey.chainCode);
              else wipe(exported.secret);
              wipe(password);
            }
          });
        }),
      );
  },
};

interface KeyFileOptions {
  readonly format: WritableKeyFileFormat | undefined;
  readonly password: Uint8Array | undefined;
}

async function keyFileOf(
  exported: ExportedKey,
  provider: Provider,
  key: string,
  { format, password }: KeyFileOptions,
): Promise<{ readonly content: Uint8Array | string; readonly format: string }> {
  const { writeKeyFile, writeSecretJwk } = await import("@keyrail/crypto");
  if (exported.kind === "private") {
    const publicKey = await provider.keys.getPublic(key);
    const chosen = format ?? "pkcs8-pem";
    const options = { format: chosen, ...(password === undefined ? {} : { password }) };
    return { content: await writeKeyFile(exported.privateKey, publicKey, options), format: chosen };
  }
  const { keyType, secret } = exported;
  const chosen = format ?? "jwk";
  if (password !== undefined) {
    throw usageError(
      "A symmetric key has no encrypted file format here; wrap it with another key instead.",
      "--password-file",
    );
  }
  switch (chosen) {
    case "jwk":
      return { content: `${JSON.stringify(writeSecretJwk(keyType, secret))}\n`, format: chosen };
    case "hex":
      return { content: `${encodeHex(secret)}\n`, format: chosen };
    case "raw":
      return { content: new Uint8Array(secret), format: chosen };
    default:
      throw usageError(`A symmetric key can't be written as ${chosen}; use jwk, hex or raw.`, "--format");
  }
}

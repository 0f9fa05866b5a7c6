import { Option } from "@commander-js/extra-typings";
import { encodeHex, KeyrailError, type PublicKey } from "@keyrail/core";
import { type ByteEncoding, BYTE_ENCODINGS, encodeBytes } from "../../files/byte-encoding.ts";
import { writeOutputFile } from "../../files/write-file.ts";
import { pemOf, publicKeyDocument } from "../../keys/key-document.ts";
import { registryOption } from "../../databases/registry.ts";
import { findKey } from "../../providers/find-key.ts";
import { withProvider } from "../../providers/open-provider.ts";
import { usageError } from "../../runtime/usage-error.ts";
import { choice } from "../choice.ts";
import type { CommandModule } from "../command-module.ts";
import * as common from "../options.ts";

const FORMATS = ["spki", "jwk", "raw"] as const;
const ENCODINGS = ["pem", "der", ...BYTE_ENCODINGS] as const;
type Format = (typeof FORMATS)[number];
type Encoding = (typeof ENCODINGS)[number];

/** `keyrail keys public` */
export const publicKey: CommandModule = {
  words: ["keys", "public"],
  summary: "print the public key of a key",
  details: `--format spki prints PEM ("BEGIN PUBLIC KEY"), or with --encoding der, hex, base64 or base64url the DER bytes of the
SubjectPublicKeyInfo. --format jwk prints the JWK as one line of JSON. --format raw prints the bytes in hexadecimal (or
--encoding raw, base64, base64url): the uncompressed SEC 1 point, or what RFC 8032, RFC 7748, FIPS 203 or FIPS 204 call
the public key. --json prints one object with the members uri, keyType, format, value, thumbprint (RFC 7638), and where
they exist spki (PEM) and jwk.`,
  examples: [
    { line: "keyrail keys public software:keys.sqlite/KEY-ID", does: "PEM" },
    { line: "keyrail keys public software:keys.sqlite/KEY-ID --format jwk", does: "a JWK" },
    {
      line: "keyrail keys public software:keys.sqlite/KEY-ID --format spki --encoding der --out public.der",
      does: "a DER file",
    },
  ],
  define(command, run) {
    command
      .argument("<key>", common.KEY_ARGUMENT)
      .addOption(new Option("--format <format>", "spki (default), jwk or raw").argParser(choice(FORMATS)))
      .addOption(new Option("--encoding <encoding>", `${ENCODINGS.join(", ")}: see above`).argParser(choice(ENCODINGS)))
      .option("--out <file>", "write it to a file")
      .addOption(common.providerOption())
      .addOption(registryOption())
      .addOption(common.passphraseFileOption())
      .addOption(common.timeoutOption())
      .action((key, options) =>
        run(async (session) => {
          const found = await findKey(session, key, options);
          const format = options.format ?? "spki";
          return withProvider(found, async (provider) => {
            const record = await provider.keys.getPublic(found.key, common.callOptions(session, options));
            const value = encode(record, format, options.encoding);
            const uri = `${provider.uri}/${found.key}`;
            const text = typeof value === "string" ? value : Buffer.from(value).toString("base64");
            const document = { uri, keyType: record.keyType, format, value: text, ...publicKeyDocument(record) };
            if (options.out === undefined || options.out === "-") return { document, text: value };
            const content = typeof value === "string" && !value.endsWith("\n") ? `${value}\n` : value;
            await writeOutputFile({ file: options.out, path: "--out" }, content, session);
            return { document: { ...document, file: options.out }, text: `Wrote the public key to ${options.out}.` };
          });
        }),
      );
  },
};

function encode(key: PublicKey, format: Format, encoding: Encoding | undefined): string | Uint8Array {
  switch (format) {
    case "jwk":
      if (encoding !== undefined) throw usageError("A JWK is JSON text; --encoding is for spki and raw.", "--encoding");
      return JSON.stringify(key.toJwk());
    case "spki": {
      const pem = pemOf(key);
      if (pem === undefined) {
        throw new KeyrailError(
          "UnsupportedCapability",
          `A ${key.keyType} key has no SubjectPublicKeyInfo: no object identifier is registered for it. Use --format jwk or raw.`,
          { provider: "keyrail", operation: "encode spki", keyType: key.keyType, nearest: "jwk" },
        );
      }
      return encoding === undefined || encoding === "pem" ? pem : encodeBytes(key.toSpki(), derEncoding(encoding));
    }
    case "raw":
      if (encoding === "pem" || encoding === "der") {
        throw usageError(`Raw bytes are not ${encoding}; use --format spki for that.`, "--encoding");
      }
      return encoding === undefined ? encodeHex(key.toRaw()) : encodeBytes(key.toRaw(), encoding);
  }
}

function derEncoding(encoding: Exclude<Encoding, "pem">): ByteEncoding {
  return encoding === "der" ? "raw" : encoding;
}

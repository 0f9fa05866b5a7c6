/** One entry for every key file: finds out the format, opens it, checks it. */

import {
  decodePem,
  isBytes,
  KeyrailError,
  PublicKey,
  looksLikePem,
  wipe,
  withArticle,
  withoutByteOrderMark,
  type KeyType,
} from "@keyrail/core";
import { classifyDer } from "./classify-der.ts";
import { detectFormat } from "./detect-format.ts";
import { decodeEncryptedPkcs8, decodePemKeyFile, namedCurveOf, PEM_LABELS } from "./pem-key-file.ts";
import { invalidKeyFile, passwordNeeded, type KeyFileFormat, type ParsedKey } from "./parsed-key.ts";
import { decodePkcs8 } from "./pkcs8.ts";
import { decodeHexKey, decodeRawKey } from "./raw-key.ts";
import { decodeEcPrivateKey } from "./sec1.ts";
import { decodeSolanaIdFile } from "./solana.ts";
import { verifyPrivateKey } from "./verify-private-key.ts";

/** The largest key (ML-DSA-87 with both forms, as PEM) has about 7 KiB; certificates in a bundle add to it. */
const MAXIMUM_FILE_BYTES = 1_048_576;

/** Options of {@link readKeyFile}. */
export interface ReadKeyFileOptions {
  /** Password of an encrypted file, UTF-8 bytes. Not kept; the caller wipes it. */
  readonly password?: Uint8Array;
  /** The format, when it must not be detected: the file then has to be of it. */
  readonly format?: KeyFileFormat;
  /** Needed for `hex` and `raw`, for symmetric JWKs without `alg` and SEC 1 keys without a curve; checked for all others. */
  readonly keyType?: KeyType;
}

/**
 * Reads a key file of any of {@link KeyFileFormat}: PEM or DER of PKCS#8 (plain, or PBES2 with AES-CBC), SEC 1 and SPKI; JWK;
 * Web3 Secret Storage version 3; Solana `id.json`; hexadecimal; raw bytes. Texts may start with a byte order mark of UTF-8.
 *
 * The key is valid for its type, and where the file states a public key, an expanded key or an address beside the private key,
 * they belong together. Whether a private or a public key was expected is for the caller to say, by `kind`. `bytes` stay
 * the caller's, to wipe. Intermediate secrets are wiped; JWK files alone pass through JavaScript texts, which can't be.
 *
 * @throws `WrongPassword` when a password is needed or does not open the file (a damaged encrypted file looks the same);
 *   `InvalidKeyMaterial` for a file that is damaged, inconsistent, of a key type Keyrail does not have, or not of the
 *   key type or format asked for; `InvalidRequest` when the format needs a key type and none is given, and for a file or a
 *   password that is not bytes.
 */
export async function readKeyFile(bytes: Uint8Array, options: ReadKeyFileOptions = {}): Promise<ParsedKey> {
  requireBytes(bytes, "bytes");
  if (options.password !== undefined) requireBytes(options.password, "password");
  if (bytes.length > MAXIMUM_FILE_BYTES) {
    throw invalidKeyFile("The file is larger than 1 MiB; key files are not.", "too large", options.format ?? "raw");
  }
  const key = await decode(bytes, options.format ?? detectFormat(bytes, options.keyType), options);
  const keyType =
    key.kind === "private" ? key.material.keyType : key.kind === "public" ? key.publicKey.keyType : key.keyType;
  if (options.keyType !== undefined && options.keyType !== keyType) {
    wipeKey(key);
    throw new KeyrailError(
      "InvalidKeyMaterial",
      `The file holds ${withArticle(keyType)} key, not ${withArticle(options.keyType)} key.`,
      {
        reason: "wrong type",
        ...(options.format === undefined ? {} : { format: options.format }),
      },
    );
  }
  return key;
}

/** Types promise bytes; a text given by a JavaScript caller would be read as something else. */
function requireBytes(value: unknown, path: string): void {
  if (isBytes(value)) return;
  throw new KeyrailError("InvalidRequest", `"${path}" is not valid: expected a Uint8Array.`, { path });
}

async function decode(file: Uint8Array, format: KeyFileFormat, options: ReadKeyFileOptions): Promise<ParsedKey> {
  const bytes = format === "raw" ? file : withoutByteOrderMark(file);
  switch (format) {
    case "pem":
      return decodePemKeyFile(bytes, options);
    case "pkcs8":
    case "sec1":
    case "spki":
      if (!looksLikePem(bytes)) return decodeDer(bytes, format, options);
      requirePemBlock(bytes, format);
      return decodePemKeyFile(bytes, options);
    case "jwk":
      return (await import("./private-jwk.ts")).decodeJwk(parseJson(bytes, "jwk"), options.keyType);
    case "web3": {
      const value = parseJson(bytes, "web3");
      if (options.password === undefined) throw passwordNeeded("web3");
      return (await import("./web3-secret-storage.ts")).decodeWeb3SecretStorage(value, options.password);
    }
    case "solana":
      return decodeSolanaIdFile(bytes);
    case "hex":
      return decodeHexKey(bytes, options.keyType);
    case "raw":
      return decodeRawKey(bytes, options.keyType, "raw");
  }
}

/** The PEM labels of each format. */
const LABELS_OF_FORMAT: Readonly<Record<"pkcs8" | "sec1" | "spki", readonly string[]>> = {
  pkcs8: [PEM_LABELS.pkcs8, PEM_LABELS.encryptedPkcs8],
  sec1: [PEM_LABELS.sec1],
  spki: [PEM_LABELS.spki],
};

function requirePemBlock(bytes: Uint8Array, format: "pkcs8" | "sec1" | "spki"): void {
  const blocks = decodePem(bytes);
  const found = blocks.some(({ label }) => LABELS_OF_FORMAT[format].includes(label));
  wipe(...blocks.map((block) => block.bytes));
  if (found) return;
  throw invalidKeyFile(`The PEM file holds no ${format.toUpperCase()} block.`, "wrong format", format);
}

async function decodeDer(
  der: Uint8Array,
  format: "pkcs8" | "sec1" | "spki",
  options: ReadKeyFileOptions,
): Promise<ParsedKey> {
  const actual = classifyDer(der);
  const family = actual === "pkcs8-encrypted" ? "pkcs8" : actual;
  if (family !== format) {
    throw invalidKeyFile(`The file is ${family.toUpperCase()}, not ${format.toUpperCase()}.`, "wrong format", format);
  }
  switch (actual) {
    case "spki":
      return { kind: "public", publicKey: PublicKey.fromSpki(der) };
    case "pkcs8":
      return verifyPrivateKey(decodePkcs8(der), "pkcs8");
    case "pkcs8-encrypted":
      return verifyPrivateKey(await decodeEncryptedPkcs8(der, options), "pkcs8");
    case "sec1":
      return verifyPrivateKey(decodeEcPrivateKey(der, "sec1", undefined, namedCurveOf(options.keyType)), "sec1");
  }
}

function parseJson(bytes: Uint8Array, format: KeyFileFormat): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the file, so it is not kept as the cause.
    throw invalidKeyFile("The file is not valid JSON; it is damaged or truncated.", "not JSON", format);
  }
}

function wipeKey(key: ParsedKey): void {
  if (key.kind === "private") wipe(key.material.bytes, key.material.chainCode);
  if (key.kind === "secret") wipe(key.bytes);
}

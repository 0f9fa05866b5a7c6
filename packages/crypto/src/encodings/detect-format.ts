/** Finds out the format of a key file from its content. */

import { PRIVATE_KEY_BYTES, PUBLIC_KEY_BYTES, looksLikePem, withoutByteOrderMark, type KeyType } from "@keyrail/core";
import { classifyDer } from "./classify-der.ts";
import { invalidKeyFile, type KeyFileFormat } from "./parsed-key.ts";
import { hexContent } from "./raw-key.ts";
import { isSecretLength, isSymmetricKeyType } from "./secret-jwk.ts";

const [BRACE, BRACKET, DER_SEQUENCE] = [0x7b, 0x5b, 0x30] as const;

/**
 * The format of a key file. Text formats are told by how they start, DER by its outline. Raw bytes are only assumed when
 * the caller names the key type and the length is one that such a key has.
 *
 * @throws `InvalidKeyMaterial` when no format fits, or when a DER file is truncated.
 */
export function detectFormat(file: Uint8Array, keyType: KeyType | undefined): KeyFileFormat {
  return textFormat(withoutByteOrderMark(file)) ?? binaryFormat(file, keyType);
}

function textFormat(file: Uint8Array): KeyFileFormat | undefined {
  if (file.length === 0) throw invalidKeyFile("The file is empty.", "empty", "raw");
  if (looksLikePem(file)) return "pem";
  const first = file.find((code) => code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d);
  if (first === BRACKET && isText(file)) return "solana";
  if (first === BRACE && isText(file)) return isWeb3Text(file) ? "web3" : "jwk";
  // Digits with blanks or colons between them too: that they are not taken is for the hex reader to say. As raw bytes they
  // would make another key than the one that is meant.
  if (hexContent(file) !== undefined || isSpacedHex(file)) return "hex";
  if (startsWith(file, "ssh-") || startsWith(file, "ecdsa-sha2-")) {
    throw invalidKeyFile(
      'The file is a public key of OpenSSH, which Keyrail does not read; give it as PEM, as "openssl pkey -pubout" writes it.',
      "OpenSSH public key",
      "raw",
    );
  }
  return undefined;
}

function binaryFormat(file: Uint8Array, keyType: KeyType | undefined): KeyFileFormat {
  const rawLength = keyType !== undefined && hasRawLength(keyType, file.length);
  if (file[0] === DER_SEQUENCE) {
    try {
      const format = classifyDer(file);
      return format === "pkcs8-encrypted" ? "pkcs8" : format;
    } catch (error) {
      // Raw bytes may start as DER does, but not go on like it.
      if (!rawLength) throw error;
    }
  }
  if (rawLength) return "raw";
  throw invalidKeyFile(
    "The file is not a key file Keyrail knows: PEM, DER, JWK, Web3 Secret Storage, Solana id.json, hexadecimal, or raw bytes with the key type given.",
    "unknown format",
    "raw",
  );
}

function hasRawLength(keyType: KeyType, length: number): boolean {
  if (isSymmetricKeyType(keyType)) return isSecretLength(keyType, length);
  const publicLength = PUBLIC_KEY_BYTES[keyType];
  const { scalar, seed, expanded } = PRIVATE_KEY_BYTES[keyType];
  return [scalar, seed, expanded, publicLength, scalar === undefined ? undefined : (publicLength + 1) / 2].includes(
    length,
  );
}

function isText(file: Uint8Array): boolean {
  return file.every((code) => code >= 0x20 || code === 0x09 || code === 0x0a || code === 0x0d);
}

/** Whether there are only hexadecimal digits, blanks and colons, and at least one digit. */
function isSpacedHex(file: Uint8Array): boolean {
  let digits = 0;
  for (const code of file) {
    const letter = code | 0x20;
    if ((code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x66)) digits++;
    else if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d && code !== 0x3a) return false;
  }
  return digits > 0;
}

function startsWith(file: Uint8Array, text: string): boolean {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength).subarray(0, text.length).equals(Buffer.from(text));
}

/** Whether JSON text has the member `ciphertext`, which no JWK has. Looked for in the bytes: no text of a secret is made. */
function isWeb3Text(file: Uint8Array): boolean {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength).includes('"ciphertext"');
}

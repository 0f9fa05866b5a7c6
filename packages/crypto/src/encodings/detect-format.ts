/** Finds out the format of a key file from its content. */

import { PRIVATE_KEY_BYTES, PUBLIC_KEY_BYTES, looksLikePem, type KeyType } from "@keyrail/core";
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
  if (file.length === 0) throw invalidKeyFile("The file is empty.", "empty", "raw");
  if (looksLikePem(file)) return "pem";
  const first = file.find((code) => code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d);
  if (first === BRACKET && isText(file)) return "solana";
  if (first === BRACE && isText(file)) return isWeb3Text(file) ? "web3" : "jwk";
  if (hexContent(file) !== undefined) return "hex";
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

/** Whether JSON text has the member `ciphertext`, which no JWK has. Looked for in the bytes: no text of a secret is made. */
function isWeb3Text(file: Uint8Array): boolean {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength).includes('"ciphertext"');
}

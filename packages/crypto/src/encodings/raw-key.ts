/** Keys as bare bytes, in binary or hexadecimal: the caller says what type they are. */

import {
  KeyrailError,
  PRIVATE_KEY_BYTES,
  PublicKey,
  isWeierstrassKeyType,
  tryDecodeHex,
  wipe,
  type AsymmetricKeyType,
  type KeyType,
} from "@keyrail/core";
import { invalidKeyFile, type ParsedKey } from "./parsed-key.ts";
import { readScalar } from "./scalar.ts";
import { isSymmetricKeyType, requireSecretLength } from "./secret-jwk.ts";
import { verifyPrivateKey } from "./verify-private-key.ts";

/**
 * Reads bare bytes as a key of the type. For an asymmetric type a length that a private key has means the private key
 * (for Ed25519, Ed448, X25519 and X448 the public key is as long: it is never guessed), any other the public key. Post-quantum
 * private keys are seed or expanded key by length. Ed25519 is the 32-byte seed only: 64 bytes could be two things.
 *
 * @throws `InvalidRequest` without a key type; `InvalidKeyMaterial` when the bytes are not a key of the type.
 */
export async function decodeRawKey(
  bytes: Uint8Array,
  keyType: KeyType | undefined,
  format: "hex" | "raw",
): Promise<ParsedKey> {
  if (keyType === undefined) {
    const what = format === "hex" ? "A hexadecimal key" : "A raw key";
    throw new KeyrailError("InvalidRequest", `${what} does not say its type; give the key type.`, { path: "keyType" });
  }
  if (isSymmetricKeyType(keyType)) {
    requireSecretLength(keyType, bytes.length, format);
    return { kind: "secret", keyType, bytes: new Uint8Array(bytes) };
  }
  return decodeAsymmetric(bytes, keyType, format);
}

async function decodeAsymmetric(
  bytes: Uint8Array,
  keyType: AsymmetricKeyType,
  format: "hex" | "raw",
): Promise<ParsedKey> {
  const { scalar, seed, expanded } = PRIVATE_KEY_BYTES[keyType];
  if (isWeierstrassKeyType(keyType) && bytes.length === scalar) {
    const material = { keyType, format: "scalar", bytes: readScalar(keyType, bytes, format) } as const;
    return { kind: "private", material };
  }
  if (bytes.length === seed) {
    return { kind: "private", material: { keyType, format: "seed", bytes: new Uint8Array(bytes) } };
  }
  if (bytes.length === expanded) {
    if (keyType === "Ed25519") {
      throw invalidKeyFile(
        "An Ed25519 key of 64 bytes may be a seed with its public key or an expanded key; give the 32-byte seed.",
        "ambiguous length",
        format,
      );
    }
    return verifyPrivateKey({ material: { keyType, format: "expanded", bytes: new Uint8Array(bytes) } }, format);
  }
  return { kind: "public", publicKey: PublicKey.fromRaw(keyType, bytes) };
}

/**
 * Reads hexadecimal text: an optional `0x`, digits of either case, blanks around. Read from the bytes, so that no text
 * of the secret is left behind.
 *
 * @throws as {@link decodeRawKey}.
 */
export async function decodeHexKey(file: Uint8Array, keyType: KeyType | undefined): Promise<ParsedKey> {
  const bytes = hexContent(file);
  if (bytes === undefined) {
    throw invalidKeyFile(
      'The file is not hexadecimal: expected two digits (0-9, a-f) a byte and nothing between them. Where its text itself is the key, give the format "raw".',
      "not hexadecimal",
      "hex",
    );
  }
  try {
    return await decodeRawKey(bytes, keyType, "hex");
  } finally {
    wipe(bytes);
  }
}

/** The bytes of a file of hexadecimal digits, or `undefined` when it is none (or empty). */
export function hexContent(file: Uint8Array): Uint8Array | undefined {
  let start = 0;
  let end = file.length;
  while (start < end && isBlank(file[start])) start++;
  while (end > start && isBlank(file[end - 1])) end--;
  if (file[start] === 0x30 && (file[start + 1] === 0x78 || file[start + 1] === 0x58)) start += 2;
  return end > start ? tryDecodeHex(file.subarray(start, end)) : undefined;
}

function isBlank(code: number | undefined): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

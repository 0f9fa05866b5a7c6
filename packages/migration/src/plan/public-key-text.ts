/** Public keys as plans, journals and evidence write them. */

import { encodeBase64Url, type KeyType, PublicKey, tryDecodeBase64Url } from "@keyrail/core";

/**
 * SubjectPublicKeyInfo, DER, base64url without padding. A `stark` key, which has no object identifier, is its
 * uncompressed point (65 bytes, `04 || x || y`), base64url.
 */
export function publicKeyToText(publicKey: PublicKey): string {
  return encodeBase64Url(publicKeyBytes(publicKey));
}

/** The bytes of {@link publicKeyToText}. */
export function publicKeyBytes(publicKey: PublicKey): Uint8Array {
  return publicKey.keyType === "stark" ? publicKey.toRaw() : publicKey.toSpki();
}

/**
 * Reads what {@link publicKeyToText} wrote for a key of this type; undefined for anything else, a key of another type
 * included.
 */
export function publicKeyFromText(keyType: KeyType, text: string): PublicKey | undefined {
  const bytes = tryDecodeBase64Url(text);
  if (bytes === undefined) return undefined;
  try {
    const publicKey = keyType === "stark" ? PublicKey.fromRaw("stark", bytes) : PublicKey.fromSpki(bytes);
    // Only one text stands for a key: a compressed point is another spelling.
    return publicKey.keyType === keyType && publicKeyToText(publicKey) === text ? publicKey : undefined;
  } catch {
    return undefined;
  }
}

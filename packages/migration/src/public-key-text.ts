/** Public keys as plans, journals and evidence write them. */

import { type AsymmetricKeyType, decodeBase64Url, encodeBase64Url, PublicKey } from "@keyrail/core";

/**
 * SubjectPublicKeyInfo, DER, base64url. For `stark`, which has no object identifier, the uncompressed point (SEC 1, 65
 * bytes) in base64url.
 */
export function encodePublicKey(publicKey: PublicKey): string {
  return encodeBase64Url(publicKey.keyType === "stark" ? publicKey.toRaw() : publicKey.toSpki());
}

/**
 * The public key such a text stands for.
 * @throws KeyrailError `InvalidKeyMaterial` when it is no public key of the type.
 */
export function decodePublicKey(keyType: AsymmetricKeyType, text: string): PublicKey {
  const bytes = decodeBase64Url(text);
  return keyType === "stark" ? PublicKey.fromRaw(keyType, bytes) : PublicKey.fromSpki(bytes);
}

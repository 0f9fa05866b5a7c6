import { isKeyrailError, type KeyType, type PublicKey } from "@keyrail/core";
import { isAsymmetric } from "./key-types.ts";
import { decodePublicKey, encodePublicKey } from "../public-key-text.ts";

/**
 * The public key of this type that a text from outside stands for; undefined for anything else, a key of another type
 * and another spelling of the same key included.
 */
export function readPublicKey(keyType: KeyType, text: string): PublicKey | undefined {
  if (!isAsymmetric(keyType)) return undefined;
  try {
    const publicKey = decodePublicKey(keyType, text);
    return publicKey.keyType === keyType && encodePublicKey(publicKey) === text ? publicKey : undefined;
  } catch (error) {
    if (isKeyrailError(error)) return undefined;
    throw error;
  }
}

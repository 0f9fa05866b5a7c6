/** Public keys of plans and journals, read once while they are worked on. */

import { isKeyrailError, type KeyType, type PublicKey } from "@keyrail/core";
import { isAsymmetric } from "./key-types.ts";
import { decodePublicKey, encodePublicKey } from "../public-key-text.ts";

/** Keys remembered: more than are worked on at once, each of which is read several times. */
const REMEMBERED = 2048;
const remembered = new Map<string, PublicKey>();

/**
 * The public key of this type that a text from outside stands for; undefined for anything else, a key of another type
 * and another spelling of the same key included.
 */
export function readPublicKey(keyType: KeyType, text: string): PublicKey | undefined {
  if (!isAsymmetric(keyType)) return undefined;
  const name = `${keyType} ${text}`;
  const known = remembered.get(name);
  if (known !== undefined) return known;
  try {
    const publicKey = decodePublicKey(keyType, text);
    if (publicKey.keyType !== keyType || encodePublicKey(publicKey) !== text) return undefined;
    remember(name, publicKey);
    return publicKey;
  } catch (error) {
    if (isKeyrailError(error)) return undefined;
    throw error;
  }
}

/**
 * The text a public key is written as; {@link readPublicKey} will know it. For keys of a provider, which has checked
 * them: a run that makes, proves and verifies a key in a row decodes it nowhere.
 */
export function writePublicKey(publicKey: PublicKey): string {
  const text = encodePublicKey(publicKey);
  remember(`${publicKey.keyType} ${text}`, publicKey);
  return text;
}

/** Checking that a point is on its curve costs as much as a good part of a signature. */
function remember(name: string, publicKey: PublicKey): void {
  const [oldest] = remembered.keys();
  if (remembered.size >= REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.set(name, publicKey);
}

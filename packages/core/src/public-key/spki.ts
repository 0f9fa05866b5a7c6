/** SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) as a constant prefix per key type followed by the raw public key. */

import { DerReader } from "../der/reader.ts";
import { derBitString, derSequence } from "../der/writer.ts";
import { PUBLIC_KEY_BYTES } from "../key-material.ts";
import type { AsymmetricKeyType } from "../vocabulary.ts";
import {
  keyAlgorithmIdentifier,
  readKeyAlgorithm,
  requireObjectIdentifier,
  type StandardKeyType,
} from "./algorithm-identifier.ts";

const prefixes = new Map<StandardKeyType, Uint8Array>();

/**
 * The SPKI DER of a canonical raw public key.
 *
 * @throws `InvalidKeyMaterial` for `stark`, which has no object identifier.
 */
export function encodeSpki(keyType: AsymmetricKeyType, raw: Uint8Array): Uint8Array {
  const prefix = spkiPrefix(requireObjectIdentifier(keyType, "spki"));
  const spki = new Uint8Array(prefix.length + raw.length);
  spki.set(prefix);
  spki.set(raw, prefix.length);
  return spki;
}

/** Key type and raw bytes (a view, not yet checked as a key) of an SPKI DER. */
export function decodeSpki(der: Uint8Array): { readonly keyType: StandardKeyType; readonly raw: Uint8Array } {
  const reader = new DerReader(der, "spki");
  const info = reader.readSequence();
  reader.end();
  const keyType = readKeyAlgorithm(info, "spki");
  const raw = info.readBitString();
  info.end();
  return { keyType, raw };
}

function spkiPrefix(keyType: StandardKeyType): Uint8Array {
  const known = prefixes.get(keyType);
  if (known !== undefined) return known;
  const length = PUBLIC_KEY_BYTES[keyType];
  const whole = derSequence(keyAlgorithmIdentifier(keyType), derBitString(new Uint8Array(length)));
  const prefix = whole.slice(0, whole.length - length);
  prefixes.set(keyType, prefix);
  return prefix;
}

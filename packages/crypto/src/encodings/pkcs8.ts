/** PKCS#8 private keys, not encrypted: PrivateKeyInfo (RFC 5208) and OneAsymmetricKey (RFC 5958). */

import {
  DerReader,
  PRIVATE_KEY_BYTES,
  PublicKey,
  TAG,
  contextTag,
  derElement,
  derOctetString,
  derSequence,
  derSmallInteger,
  isNamedCurveKeyType,
  keyAlgorithmIdentifier,
  readKeyAlgorithm,
  requireObjectIdentifier,
  wipe,
  type PrivateKeyFormat,
  type PrivateKeyMaterial,
  type StandardKeyType,
} from "@keyrail/core";
import { invalidKeyFile, type DecodedPrivateKey } from "./parsed-key.ts";
import { decodeEcPrivateKey, encodeEcPrivateKey } from "./sec1.ts";

/**
 * Reads a PKCS#8 DER of either version, with or without attributes and public key. EC as RFC 5915, Edwards and Montgomery
 * keys as RFC 8410, ML-DSA as RFC 9881, ML-KEM as RFC 9935 (seed, expanded key or both; of both the seed is taken).
 * That the parts of the file belong together is not checked here: see `verifyPrivateKey`.
 *
 * @throws `InvalidKeyMaterial`.
 */
export function decodePkcs8(der: Uint8Array): DecodedPrivateKey {
  const outer = new DerReader(der, "pkcs8");
  const reader = outer.readSequence();
  outer.end();
  const version = reader.readSmallInteger();
  if (version > 1) throw invalidKeyFile("The PKCS#8 file has an unknown version.", "unknown version", "pkcs8");
  const keyType = readKeyAlgorithm(reader, "pkcs8");
  const privateKey = reader.readOctetString();
  skipAttributes(reader);
  const stated = version === 1 ? reader.readOptionalImplicitBitString(1) : undefined;
  reader.end();
  const outerPublicKey = stated === undefined ? undefined : PublicKey.fromRaw(keyType, stated);
  const decoded = decodePrivateKey(keyType, privateKey);
  const inner = decoded.publicKey;
  if (inner !== undefined && outerPublicKey !== undefined && !inner.equals(outerPublicKey)) {
    wipe(decoded.material.bytes);
    throw invalidKeyFile(
      "The file states two different public keys for one private key.",
      "public keys differ",
      "pkcs8",
    );
  }
  return outerPublicKey === undefined ? decoded : { ...decoded, publicKey: outerPublicKey };
}

/**
 * PKCS#8 DER, version 1, no attributes: RFC 5915 for EC, RFC 8410, RFC 9881, RFC 9935 for the others; post-quantum keys in
 * the form the material has. The public point is written for EC keys when given (importing is much cheaper with it); the
 * other types have no place for it in version 1.
 *
 * @throws `InvalidKeyMaterial` for `stark` (no object identifier) and for expanded Ed25519 keys (no PKCS#8 form).
 */
export function writePkcs8(material: PrivateKeyMaterial, publicKey?: PublicKey): Uint8Array {
  const keyType = requireObjectIdentifier(material.keyType, "pkcs8");
  const content = encodePrivateKey(keyType, material.format, material.bytes, publicKey);
  const octets = derOctetString(content);
  const der = derSequence(derSmallInteger(0), keyAlgorithmIdentifier(keyType), octets);
  wipe(content, octets);
  return der;
}

function decodePrivateKey(keyType: StandardKeyType, content: Uint8Array): DecodedPrivateKey {
  if (isNamedCurveKeyType(keyType)) return decodeEcPrivateKey(content, "pkcs8", keyType);
  const reader = new DerReader(content, "pkcs8");
  if (PRIVATE_KEY_BYTES[keyType].expanded === undefined || keyType === "Ed25519") {
    const seed = reader.readOctetString();
    reader.end();
    return { material: copyMaterial(keyType, "seed", seed) };
  }
  const seedOnly = reader.readOptional(contextTag(0, false), "[0]");
  if (seedOnly !== undefined) {
    reader.end();
    return { material: copyMaterial(keyType, "seed", seedOnly) };
  }
  if (reader.peekTag() === TAG.octetString) {
    const expandedOnly = reader.readOctetString();
    reader.end();
    return { material: copyMaterial(keyType, "expanded", expandedOnly) };
  }
  const both = reader.readSequence();
  reader.end();
  const seed = both.readOctetString();
  const expanded = both.readOctetString();
  both.end();
  const material = copyMaterial(keyType, "seed", seed);
  return { material, expanded: copyMaterial(keyType, "expanded", expanded).bytes };
}

function encodePrivateKey(
  keyType: StandardKeyType,
  format: PrivateKeyFormat,
  bytes: Uint8Array,
  publicKey: PublicKey | undefined,
): Uint8Array {
  if (isNamedCurveKeyType(keyType)) return encodeEcPrivateKey(bytes, publicKey);
  if (keyType === "Ed25519" && format === "expanded") {
    throw invalidKeyFile("An expanded Ed25519 key has no PKCS#8 form; only a seed has.", "no PKCS#8 form", "pkcs8");
  }
  const postQuantumSeed = format === "seed" && keyType.startsWith("ML-");
  return postQuantumSeed ? derElement(contextTag(0, false), bytes) : derOctetString(bytes);
}

function copyMaterial(keyType: StandardKeyType, format: PrivateKeyFormat, bytes: Uint8Array): PrivateKeyMaterial {
  const expected = PRIVATE_KEY_BYTES[keyType][format];
  if (bytes.length !== expected) {
    throw invalidKeyFile(
      `The ${format} of a ${keyType} private key has ${expected} bytes, not ${bytes.length}.`,
      "wrong length",
      "pkcs8",
    );
  }
  return { keyType, format, bytes: new Uint8Array(bytes) };
}

function skipAttributes(reader: DerReader): void {
  const attributes = reader.readOptionalContext(0);
  if (attributes === undefined) return;
  while (!attributes.done) attributes.readSequence();
}

/**
 * The inside of opened keys: raw bytes and the engines' handles, each made when first needed and then kept.
 *
 * Only engines and operations read these; users hold the classes of `opened-keys.ts`, whose fields are private.
 */

import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import {
  PRIVATE_KEY_BYTES,
  type AsymmetricKeyType,
  type PrivateKeyFormat,
  type SymmetricKeyType,
  wipe,
} from "@keyrail/core";
import { copyOf, plain } from "../engines/byte-strings.ts";
import type { EngineName } from "../engines/engine.ts";
import { hasRawKeyFormats } from "../engines/node-features.ts";
import { invalidKeyMaterial, keyWiped } from "../errors.ts";
import { pkcs8FromRaw, rawFromPkcs8, spkiFromRaw, type NodeKeyType } from "./key-templates.ts";
import { publicKeyFromKeyObject, publicKeyFromPrivate } from "./public-from-private.ts";

/** The public half of an opened key. */
export interface PublicKeyParts {
  readonly keyType: AsymmetricKeyType;
  /** The engine asked for by the opener; undefined for the fastest. */
  readonly preference: EngineName | undefined;
  /** Canonical raw public key. */
  publicKey: Uint8Array | undefined;
  publicKeyObject: KeyObject | undefined;
  wiped: boolean;
}

/** An opened private key. */
export interface PrivateKeyParts extends PublicKeyParts {
  readonly format: PrivateKeyFormat;
  readonly chainCode: Uint8Array | undefined;
  /** Raw private key in `format`. */
  privateKey: Uint8Array | undefined;
  keyObject: KeyObject | undefined;
  /** The PKCS#8 DER of the key, when it was opened from that. */
  pkcs8?: Uint8Array | undefined;
  /** The expanded ML-KEM or ML-DSA key that the noble engine works with. */
  expandedKey: Uint8Array | undefined;
}

/** An opened secret (symmetric) key. */
export interface SecretKeyParts {
  readonly keyType: SymmetricKeyType;
  readonly preference: EngineName | undefined;
  readonly bytes: number;
  keyObject: KeyObject | undefined;
}

/** The private key as a `KeyObject`. Not for stark nor for an expanded Ed25519 key. */
export function privateKeyObject(parts: PrivateKeyParts): KeyObject {
  return (parts.keyObject ??= importPrivateKey(parts));
}

function importPrivateKey(parts: PrivateKeyParts): KeyObject {
  if (parts.pkcs8 !== undefined) return importPkcs8(parts.pkcs8);
  const privateKey = privateKeyBytes(parts);
  const keyType = nodeKeyType(parts.keyType);
  const publicKey = parts.format === "scalar" ? publicKeyBytes(parts) : undefined;
  const der = pkcs8FromRaw(keyType, parts.format, privateKey, publicKey);
  if (der === undefined) throw new TypeError(`node:crypto has no ${parts.format} ${keyType} key.`);
  try {
    return importPkcs8(der);
  } finally {
    wipe(der);
  }
}

function importPkcs8(der: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: asBuffer(der), format: "der", type: "pkcs8" });
  } catch (error) {
    throw invalidKeyMaterial("the private key is out of range or its parts contradict each other", error);
  }
}

/** The public key as a `KeyObject`. Errors: `InvalidKeyMaterial` for a point that is not on the curve. */
export function publicKeyObject(parts: PublicKeyParts): KeyObject {
  return (parts.publicKeyObject ??= importPublicKey(parts));
}

function importPublicKey(parts: PublicKeyParts): KeyObject {
  if (isPrivate(parts) && parts.keyObject !== undefined) return createPublicKey(parts.keyObject);
  const spki = spkiFromRaw(nodeKeyType(parts.keyType), publicKeyBytes(parts));
  try {
    return createPublicKey({ key: asBuffer(spki), format: "der", type: "spki" });
  } catch (error) {
    throw invalidKeyMaterial(`the bytes are not a public key of type ${parts.keyType}`, error);
  }
}

/** The canonical raw public key. Not a copy: callers do not write to it. */
export function publicKeyBytes(parts: PublicKeyParts): Uint8Array {
  if (parts.publicKey !== undefined) return parts.publicKey;
  if (parts.wiped || !isPrivate(parts)) throw keyWiped();
  return (parts.publicKey = derivePublicKey(parts));
}

function derivePublicKey(parts: PrivateKeyParts): Uint8Array {
  if (parts.keyObject !== undefined) return publicKeyFromKeyObject(nodeKeyType(parts.keyType), parts.keyObject);
  const derived = publicKeyFromPrivate(parts.keyType, parts.format, privateKeyBytes(parts), parts.preference);
  if (derived === undefined) return publicKeyFromKeyObject(nodeKeyType(parts.keyType), privateKeyObject(parts));
  parts.expandedKey ??= derived.expandedKey;
  return derived.publicKey;
}

/** The raw private key in its format. Not a copy: callers neither write to it nor keep it. */
export function privateKeyBytes(parts: PrivateKeyParts): Uint8Array {
  if (parts.privateKey !== undefined) return parts.privateKey;
  if (parts.wiped || parts.keyObject === undefined) throw keyWiped();
  return (parts.privateKey = exportPrivateKey(parts, parts.keyObject));
}

function exportPrivateKey(parts: PrivateKeyParts, key: KeyObject): Uint8Array {
  if (hasRawKeyFormats() && parts.format !== "expanded") {
    const postQuantum = parts.keyType.startsWith("ML-");
    return plain(key.export({ format: postQuantum ? "raw-seed" : "raw-private" }));
  }
  const keyType = nodeKeyType(parts.keyType);
  const length = PRIVATE_KEY_BYTES[keyType][parts.format] ?? 0;
  const der = key.export({ format: "der", type: "pkcs8" });
  try {
    const raw = rawFromPkcs8(keyType, parts.format, length, der);
    if (raw === undefined) throw new TypeError(`node:crypto exported a ${keyType} key in an unknown form.`);
    return copyOf(raw.privateKey);
  } finally {
    wipe(der);
  }
}

/** The expanded ML-KEM or ML-DSA key. Not a copy. */
export function expandedKeyBytes(parts: PrivateKeyParts): Uint8Array {
  if (parts.format === "expanded") return privateKeyBytes(parts);
  if (parts.expandedKey !== undefined) return parts.expandedKey;
  const { expandedKey } = publicKeyFromPrivate(parts.keyType, parts.format, privateKeyBytes(parts), "noble") ?? {};
  if (expandedKey === undefined) throw new TypeError(`${parts.keyType} keys have no expanded form.`);
  return (parts.expandedKey = expandedKey);
}

/** The secret key as a `KeyObject`. Errors: `Closed` after wiping. */
export function secretKeyObject(parts: SecretKeyParts): KeyObject {
  if (parts.keyObject === undefined) throw keyWiped();
  return parts.keyObject;
}

/** Parts of a secret key; `bytes` is copied into the key object. */
export function secretKeyParts(
  keyType: SymmetricKeyType,
  bytes: Uint8Array,
  preference: EngineName | undefined,
): SecretKeyParts {
  return { keyType, preference, bytes: bytes.length, keyObject: createSecretKey(bytes) };
}

/** Whether the parts are those of a private key. */
export function isPrivate(parts: PublicKeyParts): parts is PrivateKeyParts {
  return "format" in parts;
}

/** The key type, when `node:crypto` has it. */
export function nodeKeyType(keyType: AsymmetricKeyType): NodeKeyType {
  if (keyType === "stark") throw new TypeError("node:crypto has no stark curve.");
  return keyType;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The 23 key types of the device: one table (fact sheet, section 4). */

import {
  isEdwards,
  isMlDsa,
  isMlKem,
  isMontgomery,
  isWeierstrass,
  type AsymmetricType,
} from "../primitives/asymmetric.ts";
import { isHashName, type HashName } from "../primitives/hash.ts";

/** The AES key types. */
export type AesType = "AES128" | "AES192" | "AES256";

/** A key type by the device's name. */
export type DeviceKeyType = AsymmetricType | HashName | AesType;

/** What the type alone fixes. Lengths in bytes. */
export interface KeyTypeFacts {
  /** Length of the public key as transported; absent for symmetric types. */
  readonly publicKeyLength?: number;
  /** Length of the secret a derivation makes; absent for the post-quantum types, which can't be derived. */
  readonly derivedLength?: number;
}

/** Every key type of the device. */
export const KEY_TYPE_FACTS: Readonly<Record<DeviceKeyType, KeyTypeFacts>> = {
  SECP256R1: { publicKeyLength: 33, derivedLength: 32 },
  SECP384R1: { publicKeyLength: 49, derivedLength: 48 },
  SECP521R1: { publicKeyLength: 67, derivedLength: 66 },
  SECP256K1: { publicKeyLength: 33, derivedLength: 32 },
  CURVE25519: { publicKeyLength: 32, derivedLength: 32 },
  CURVE448: { publicKeyLength: 56, derivedLength: 56 },
  ED25519: { publicKeyLength: 32, derivedLength: 32 },
  ED448: { publicKeyLength: 57, derivedLength: 57 },
  "SHA2-256": { derivedLength: 32 },
  "SHA2-384": { derivedLength: 48 },
  "SHA2-512": { derivedLength: 64 },
  "SHA3-256": { derivedLength: 32 },
  "SHA3-384": { derivedLength: 48 },
  "SHA3-512": { derivedLength: 64 },
  AES128: { derivedLength: 16 },
  AES192: { derivedLength: 24 },
  AES256: { derivedLength: 32 },
  MLKEM512: { publicKeyLength: 800 },
  MLKEM768: { publicKeyLength: 1184 },
  MLKEM1024: { publicKeyLength: 1568 },
  MLDSA44: { publicKeyLength: 1312 },
  MLDSA65: { publicKeyLength: 1952 },
  MLDSA87: { publicKeyLength: 2592 },
};

/** True for a key type of the device. */
export function isDeviceKeyType(type: string): type is DeviceKeyType {
  return Object.hasOwn(KEY_TYPE_FACTS, type);
}

/** True for an AES key type. */
export function isAes(type: string): type is AesType {
  return type === "AES128" || type === "AES192" || type === "AES256";
}

/** True for a type with a key pair. */
export function isAsymmetric(type: string): type is AsymmetricType {
  return isWeierstrass(type) || isMontgomery(type) || isEdwards(type) || isMlKem(type) || isMlDsa(type);
}

/** True for a type that is one secret byte string. */
export function isSymmetric(type: string): type is HashName | AesType {
  return isHashName(type) || isAes(type);
}

/** True for a post-quantum type. */
export function isPostQuantum(type: string): boolean {
  return isMlKem(type) || isMlDsa(type);
}

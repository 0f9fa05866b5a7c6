/**
 * The device's words and ours, as total tables: `type` <-> key type, `mode` <-> usages, type strings of every form
 * (encedo-hem.md, section 4). What the tables do not know is kept as it came, never guessed.
 */

import type { AsymmetricKeyType, KeyHalf, KeyOrigin, KeyType, SignatureAlgorithm, Usage } from "@keyrail/core";

/** Key types the device has: all of the vocabulary but `stark`. */
export type DeviceKeyType = Exclude<KeyType, "stark">;

/** What the device calls a key type. */
export type DeviceType =
  | "SECP256R1"
  | "SECP384R1"
  | "SECP521R1"
  | "SECP256K1"
  | "ED25519"
  | "ED448"
  | "CURVE25519"
  | "CURVE448"
  | "MLKEM512"
  | "MLKEM768"
  | "MLKEM1024"
  | "MLDSA44"
  | "MLDSA65"
  | "MLDSA87"
  | "SHA2-256"
  | "SHA2-384"
  | "SHA2-512"
  | "SHA3-256"
  | "SHA3-384"
  | "SHA3-512"
  | "AES128"
  | "AES192"
  | "AES256";

/** The device's `type` of each key type. */
export const DEVICE_TYPES: Readonly<Record<DeviceKeyType, DeviceType>> = {
  "P-256": "SECP256R1",
  "P-384": "SECP384R1",
  "P-521": "SECP521R1",
  secp256k1: "SECP256K1",
  Ed25519: "ED25519",
  Ed448: "ED448",
  X25519: "CURVE25519",
  X448: "CURVE448",
  "ML-KEM-512": "MLKEM512",
  "ML-KEM-768": "MLKEM768",
  "ML-KEM-1024": "MLKEM1024",
  "ML-DSA-44": "MLDSA44",
  "ML-DSA-65": "MLDSA65",
  "ML-DSA-87": "MLDSA87",
  "HMAC-SHA-256": "SHA2-256",
  "HMAC-SHA-384": "SHA2-384",
  "HMAC-SHA-512": "SHA2-512",
  "HMAC-SHA3-256": "SHA3-256",
  "HMAC-SHA3-384": "SHA3-384",
  "HMAC-SHA3-512": "SHA3-512",
  "AES-128": "AES128",
  "AES-192": "AES192",
  "AES-256": "AES256",
};

const KEY_TYPES_OF: ReadonlyMap<string, DeviceKeyType> = new Map(
  Object.entries(DEVICE_TYPES).flatMap(([keyType, type]) => (isDeviceKeyType(keyType) ? [[type, keyType]] : [])),
);

function isDeviceKeyType(name: string): name is DeviceKeyType {
  return Object.hasOwn(DEVICE_TYPES, name);
}

/** The device's `type` of a key type; undefined for `stark`, which it does not have. */
export function deviceTypeOf(keyType: KeyType): DeviceType | undefined {
  return isDeviceKeyType(keyType) ? DEVICE_TYPES[keyType] : undefined;
}

/** The key type of a device `type`; undefined for one this table does not know. */
export function keyTypeOf(type: string): DeviceKeyType | undefined {
  return KEY_TYPES_OF.get(type);
}

/** The curves on which `mode` decides what a key may do. */
export const MODE_KEY_TYPES = ["P-256", "P-384", "P-521", "secp256k1"] as const;
/** A curve on which `mode` decides what a key may do. */
export type ModeKeyType = (typeof MODE_KEY_TYPES)[number];

/** Whether `mode` decides what a key of this type may do; elsewhere the device ignores it. */
export function hasMode(keyType: KeyType): keyType is ModeKeyType {
  const types: readonly KeyType[] = MODE_KEY_TYPES;
  return types.includes(keyType);
}

/** Values of `mode`, to the letter: another order is refused by the device. */
export type DeviceMode = "ECDH" | "ExDSA" | "ECDH,ExDSA";

/** Usages that are the device's flag `ExDSA`, and those that are `ECDH`. */
const SIGNING: readonly Usage[] = ["sign", "verify"];
const AGREEING: readonly Usage[] = ["agree", "derive"];

/**
 * The `mode` for the usages asked for; undefined where the type alone decides. Always sent where it counts: the device
 * makes a key without `mode` one that can't sign.
 */
export function modeOf(keyType: KeyType, usages: readonly Usage[]): DeviceMode | undefined {
  if (!hasMode(keyType)) return undefined;
  const signs = usages.some((usage) => SIGNING.includes(usage));
  const agrees = usages.some((usage) => AGREEING.includes(usage));
  if (signs) return agrees ? "ECDH,ExDSA" : "ExDSA";
  return "ECDH";
}

/** Flags a type string may carry. */
export type DeviceFlag = "ATT" | "PKEY" | "ECDH" | "ExDSA" | "CERT" | "PQC";
const FLAGS: ReadonlySet<string> = new Set<DeviceFlag>(["ATT", "PKEY", "ECDH", "ExDSA", "CERT", "PQC"]);

/** A type string, taken apart. */
export interface ParsedType {
  /** As it came. */
  readonly text: string;
  /** The last token: the algorithm. */
  readonly type: string;
  /** Its key type; undefined when the algorithm is not one of the table (`GENERIC_DER`, something newer). */
  readonly keyType: DeviceKeyType | undefined;
  readonly flags: ReadonlySet<DeviceFlag>;
  /** Tokens that are no known flag, in their order. */
  readonly unknown: readonly string[];
}

/**
 * Takes a type string apart: of a list, of `get` (bare algorithm for key pairs), of an imported or a derived key. Never
 * fails: what is not known is in `unknown`, or leaves `keyType` undefined.
 */
export function parseType(text: string): ParsedType {
  const tokens = text.split(",");
  const type = tokens.pop() ?? "";
  const flags = new Set<DeviceFlag>();
  const unknown: string[] = [];
  for (const token of tokens) {
    if (isFlag(token)) flags.add(token);
    else unknown.push(token);
  }
  return { text, type, keyType: keyTypeOf(type), flags, unknown };
}

function isFlag(token: string): token is DeviceFlag {
  return FLAGS.has(token);
}

/** Prints a type string as lists have it; `parseType` gives the same parts back. */
export function formatType(flags: ReadonlySet<DeviceFlag>, type: string): string {
  const order: readonly DeviceFlag[] = ["ATT", "PKEY", "ECDH", "ExDSA", "CERT", "PQC"];
  return [...order.filter((flag) => flags.has(flag)), type].join(",");
}

/** What the device lets a key do: everything its type has, on the curves with a mode what the mode says. */
export function usagesOf(keyType: DeviceKeyType, half: KeyHalf, flags: ReadonlySet<DeviceFlag>): readonly Usage[] {
  const possible = TYPE_USAGES[keyType];
  const allowed = hasMode(keyType)
    ? possible.filter((usage) => flags.has(SIGNING.includes(usage) ? "ExDSA" : "ECDH"))
    : possible;
  return half === "public" ? allowed.filter((usage) => usage !== "sign") : allowed;
}

/**
 * Usages per key type. `agree` only where the device gives the whole secret: it cuts every raw secret to 32 bytes
 * (section 6). ML-KEM needs a key made in the device.
 */
export const TYPE_USAGES: Readonly<Record<DeviceKeyType, readonly Usage[]>> = {
  "P-256": ["sign", "verify", "agree", "derive"],
  "P-384": ["sign", "verify", "derive"],
  "P-521": ["sign", "verify", "derive"],
  secp256k1: ["sign", "verify", "agree", "derive"],
  Ed25519: ["sign", "verify"],
  Ed448: ["sign", "verify"],
  X25519: ["agree", "derive"],
  X448: ["derive"],
  "ML-KEM-512": ["encapsulate"],
  "ML-KEM-768": ["encapsulate"],
  "ML-KEM-1024": ["encapsulate"],
  "ML-DSA-44": ["sign", "verify"],
  "ML-DSA-65": ["sign", "verify"],
  "ML-DSA-87": ["sign", "verify"],
  "HMAC-SHA-256": ["mac"],
  "HMAC-SHA-384": ["mac"],
  "HMAC-SHA-512": ["mac"],
  "HMAC-SHA3-256": ["mac"],
  "HMAC-SHA3-384": ["mac"],
  "HMAC-SHA3-512": ["mac"],
  "AES-128": ["encrypt", "wrap"],
  "AES-192": ["encrypt", "wrap"],
  "AES-256": ["encrypt", "wrap"],
};

/** Bits of usages, lowest first in the order of the type's table; at most four. */
export function usageBits(keyType: DeviceKeyType, usages: readonly Usage[]): number {
  return TYPE_USAGES[keyType].reduce((bits, usage, index) => (usages.includes(usage) ? bits | (1 << index) : bits), 0);
}

/** The usages of a type that bits name. */
export function usagesOfBits(keyType: DeviceKeyType, bits: number): readonly Usage[] {
  return TYPE_USAGES[keyType].filter((_, index) => (bits & (1 << index)) !== 0);
}

/** Whether keys of this type have a public half. */
export function isAsymmetric(keyType: DeviceKeyType): keyType is DeviceKeyType & AsymmetricKeyType {
  return !keyType.startsWith("HMAC-") && !keyType.startsWith("AES-");
}

/** Which half of the key the device holds, from the flags of a list. */
export function halfOf(keyType: DeviceKeyType, flags: ReadonlySet<DeviceFlag>): KeyHalf {
  if (!isAsymmetric(keyType)) return "secret";
  return flags.has("PKEY") ? "private" : "public";
}

/** How a key came to be, from the flags of a list: only generated keys are attested, only public keys are imported. */
export function originOf(keyType: DeviceKeyType, flags: ReadonlySet<DeviceFlag>): KeyOrigin {
  if (flags.has("ATT")) return "generated";
  return halfOf(keyType, flags) === "public" ? "imported" : "derived";
}

/** The flags a new key will be listed with. */
export function flagsOf(
  keyType: DeviceKeyType,
  origin: "generated" | "imported" | "derived",
  mode: DeviceMode | undefined,
): ReadonlySet<DeviceFlag> {
  const flags = new Set<DeviceFlag>();
  if (origin === "generated") flags.add("ATT");
  if (isAsymmetric(keyType) && origin !== "imported") flags.add("PKEY");
  if (mode?.includes("ECDH") === true || keyType === "X25519" || keyType === "X448") flags.add("ECDH");
  if (mode?.includes("ExDSA") === true || keyType === "Ed25519" || keyType === "Ed448") flags.add("ExDSA");
  if (keyType.startsWith("ML-")) flags.add("PQC");
  return flags;
}

/** The device's `alg` of each ECDSA and EdDSA algorithm (section 6). ML-DSA has an endpoint of its own and none. */
export const SIGNATURE_NAMES: Readonly<Partial<Record<SignatureAlgorithm, string>>> = {
  ES256: "SHA256WithECDSA",
  ES384: "SHA384WithECDSA",
  ES512: "SHA512WithECDSA",
  ES256K: "SHA256WithECDSA",
  "ECDSA-SHA-256": "SHA256WithECDSA",
  "ECDSA-SHA-384": "SHA384WithECDSA",
  "ECDSA-SHA-512": "SHA512WithECDSA",
  Ed25519: "Ed25519",
  Ed25519ph: "Ed25519ph",
  Ed25519ctx: "Ed25519ctx",
  Ed448: "Ed448",
  Ed448ph: "Ed448ph",
};

/** One record of the device's repository, its id and its two type strings (fact sheet, section 4). */

import { KID_LENGTH } from "../assumptions.ts";
import { encodeHex } from "../bytes.ts";
import { isEdwards, isMontgomery, isWeierstrass } from "../primitives/asymmetric.ts";
import { sha1 } from "../primitives/hash.ts";
import { isPostQuantum, isSymmetric, type DeviceKeyType } from "./key-types.ts";

/** The flags of the type string, in the order in which they are written. */
export const FLAGS = ["ATT", "PKEY", "ECDH", "ExDSA", "CERT", "PQC"] as const;

/** A flag of the type string. */
export type Flag = (typeof FLAGS)[number];

/** What the caller lets a Weierstrass key do: the three literals of `mode`. */
export type KeyMode = "ECDH" | "ExDSA" | "ECDH,ExDSA";

/** One record. */
export interface KeyRecord {
  /** 32 lowercase hex digits. */
  readonly kid: string;
  readonly type: DeviceKeyType | "GENERIC_DER";
  readonly flags: ReadonlySet<Flag>;
  readonly label: string;
  /** 0 to 64 bytes. */
  readonly description: Uint8Array;
  /** Device time, seconds since the epoch. */
  readonly created: number;
  /** Device time, seconds since the epoch. */
  readonly updated: number;
  /** As transported; DER bytes for a certificate record. Absent for symmetric keys. */
  readonly publicKey?: Uint8Array;
  /** Scalar, seed, symmetric key or FIPS 203/204 secret key. Absent for public records. */
  readonly secretKey?: Uint8Array;
}

/** Key id of public key bytes (as transported) or of symmetric key bytes: 32 lowercase hex digits. */
export function computeKid(bytes: Uint8Array): string {
  return encodeHex(sha1(bytes).subarray(0, KID_LENGTH));
}

/** The flags a type and a mode give, without `ATT` and `PKEY`. */
export function usageFlags(type: DeviceKeyType, mode: KeyMode | undefined): Set<Flag> {
  const flags = new Set<Flag>();
  if (isWeierstrass(type)) {
    // Section 4: mode omitted means ECDH only.
    const effective = mode ?? "ECDH";
    if (effective !== "ExDSA") flags.add("ECDH");
    if (effective !== "ECDH") flags.add("ExDSA");
  }
  if (isMontgomery(type)) flags.add("ECDH");
  if (isEdwards(type)) flags.add("ExDSA");
  if (isPostQuantum(type)) flags.add("PQC");
  return flags;
}

/** Type string of a list or search entry: flags, then the algorithm. */
export function listTypeString(record: KeyRecord): string {
  return [...FLAGS.filter((flag) => record.flags.has(flag)), record.type].join(",");
}

/** Type string of `keymgmt/get`: another form than that of the list. */
export function getTypeString(record: KeyRecord): string {
  if (record.type === "GENERIC_DER") return record.flags.has("CERT") ? "CERT" : "DER_PKEY";
  return isSymmetric(record.type) ? listTypeString(record) : record.type;
}

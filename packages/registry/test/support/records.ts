import { type KeyRecord, PublicKey } from "@keyrail/core";

/** A valid Ed25519 public key: the one of RFC 8032, section 7.1, test 1. */
export const PUBLIC_KEY: PublicKey = PublicKey.fromRaw(
  "Ed25519",
  Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex"),
);

/** A record as a catalog gives it. */
export function keyRecord(uri: string, changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    uri,
    id: uri.slice(uri.lastIndexOf("/") + 1),
    keyType: "Ed25519",
    usages: ["sign", "verify"],
    label: "a label",
    custody: "software",
    half: "private",
    origin: "generated",
    extractable: false,
    publicKey: PUBLIC_KEY,
    ...changes,
  };
}

/** Fleets of forty keys, of kinds that seeds choose. */

import { type CreateRequest, isKeyrailError, type KeyRecord, type Provider } from "@keyrail/core";
import type { EncedoEmulator, FixtureKey } from "@keyrail/emulator-encedo";
import type { Random } from "./random.ts";

const sign = ["sign", "verify"] as const;
const STORED: readonly Omit<CreateRequest, "label">[] = [
  { keyType: "P-256", usages: sign },
  { keyType: "P-256", usages: sign, extractable: true },
  { keyType: "Ed25519", usages: sign },
  { keyType: "Ed25519", usages: sign, extractable: true },
  { keyType: "secp256k1", usages: sign },
  { keyType: "secp256k1", usages: sign, extractable: true },
  { keyType: "secp256k1", usages: ["sign", "derive"], hierarchical: "BIP32", extractable: true },
  { keyType: "X25519", usages: ["agree"] },
  { keyType: "ML-KEM-768", usages: ["encapsulate"] },
  { keyType: "ML-DSA-44", usages: sign },
  { keyType: "AES-256", usages: ["encrypt"] },
  { keyType: "AES-256", usages: ["encrypt"], extractable: true },
  { keyType: "HMAC-SHA-256", usages: ["mac"] },
];
const HELD: readonly Omit<FixtureKey, "label">[] = [
  { type: "ED25519" },
  { type: "ED25519" },
  { type: "SECP256K1", mode: "ExDSA" },
  { type: "SECP256K1", mode: "ExDSA" },
  { type: "SECP256R1", mode: "ExDSA" },
  { type: "SECP256R1", mode: "ECDH,ExDSA" },
  { type: "CURVE25519" },
  { type: "MLKEM768" },
  { type: "MLDSA44" },
  { type: "AES256" },
  { type: "SHA2-256" },
];
/** Keys that the target holds before the migration. */
const ADOPTED = 3;

/** Makes keys in a store. Some have labels that fill a vendor's whole field, some have the label of another. */
export async function fillStore(provider: Provider, random: Random, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    await provider.keys.create({ ...random.pick(STORED), label: labelOf(random, number, 100) });
  }
}

/** Makes keys in a device. */
export function fillDevice(device: EncedoEmulator, random: Random, count: number): void {
  const keys = Array.from({ length: count }, (_, number) => ({
    ...random.pick(HELD),
    label: labelOf(random, number, 32),
  }));
  device.addKeys(keys);
}

function labelOf(random: Random, number: number, bytes: number): string {
  if (random.chance(0.1)) return "one of several";
  return random.chance(0.1) ? `long ${number} `.padEnd(bytes, "x") : `key ${number}`;
}

/** Gives the target some keys of the source, and one of its own. */
export async function fillTarget(source: Provider, target: Provider, records: readonly KeyRecord[]): Promise<void> {
  await target.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "there before" });
  let left = source.keyExport === undefined ? 0 : ADOPTED;
  for (const { uri, usages, label, extractable, half, keyType } of records) {
    if (left === 0) return;
    if (!extractable || half === "public" || !["Ed25519", "P-256", "secp256k1"].includes(keyType)) continue;
    const exported = await source.keyExport?.export(uri);
    if (exported?.kind !== "private" || exported.privateKey.chainCode !== undefined) continue;
    try {
      await target.keys.import({ kind: "private", privateKey: exported.privateKey, usages, label });
      left -= 1;
    } catch (error) {
      if (!isKeyrailError(error, "UnsupportedCapability")) throw error;
    }
  }
}

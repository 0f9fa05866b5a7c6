/** Fills an emulated Encedo HEM with the keys of `fleet-keys.ts`. */

import type { KeyRecord, Provider } from "@keyrail/core";
import { PublicKey } from "@keyrail/core";
import { generatePrivateKey, prepareEngines } from "@keyrail/crypto";
import type { EncedoEmulator } from "@keyrail/emulator-encedo";
import {
  AGREED_KEYS,
  AGREEING_LABEL,
  FOREIGN_KEYS,
  GENERATED_KEYS,
  PAIRED_PHONE,
  PARTNER_KEYS,
  type PartnerKey,
} from "./fleet-keys.ts";

/** What the device holds afterwards. */
export interface Fleet {
  /** Every key Keyrail can see, in the order of the device's list. */
  readonly records: readonly KeyRecord[];
  /** Records that are no keys of Keyrail's: paired phones. */
  readonly pairings: number;
}

/** How it is done. */
export interface ProvisionOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/**
 * Makes the keys through the ports of `provider`, and through the emulator what no port can make: keys as
 * other programs make them, and a paired phone. Labels, types, usages and
 * order are the same in every run; the keys themselves are fresh.
 */
export async function provisionFleet(
  provider: Provider,
  emulator: Pick<EncedoEmulator, "addKeys" | "pairAuthenticator">,
  { signal, onProgress }: ProvisionOptions = {},
): Promise<Fleet> {
  const call = signal === undefined ? {} : { signal };
  const total = GENERATED_KEYS.length + PARTNER_KEYS.length + AGREED_KEYS.length + FOREIGN_KEYS.length;
  let done = 0;
  const made = (label: string): void => onProgress?.(++done, total, label);

  let agreeing: string | undefined;
  for (const request of GENERATED_KEYS) {
    const { uri, label } = await provider.keys.create(request, call);
    if (label === AGREEING_LABEL) agreeing = uri;
    made(label);
  }
  let partner: string | undefined;
  for (const key of PARTNER_KEYS) {
    const { uri } = await provider.keys.import({ kind: "public", ...(await partnerKey(key)) }, call);
    if (key.keyType === "X25519") partner = uri;
    made(key.label);
  }
  if (agreeing === undefined || partner === undefined) throw new Error("The fleet has two X25519 keys to agree with.");
  for (const request of AGREED_KEYS) {
    await provider.keys.derive({ kind: "ecdh", key: agreeing, peer: { key: partner }, ...request }, call);
    made(request.label);
  }
  emulator.addKeys(FOREIGN_KEYS);
  for (const { label } of FOREIGN_KEYS) made(label);
  emulator.pairAuthenticator(PAIRED_PHONE);

  const records: KeyRecord[] = [];
  for await (const record of provider.catalog?.list(call) ?? []) records.push(record);
  return { records, pairings: 1 };
}

async function partnerKey({
  keyType,
  ...attributes
}: PartnerKey): Promise<Omit<PartnerKey, "keyType"> & { publicKey: PublicKey }> {
  await prepareEngines(keyType);
  return { ...attributes, publicKey: PublicKey.fromRaw(keyType, generatePrivateKey(keyType).publicKey) };
}

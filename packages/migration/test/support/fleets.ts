/** Fleets that hold every kind of key a provider has. */

import {
  type Algorithm,
  ASYMMETRIC_KEY_TYPES,
  type CapabilityDeclaration,
  type CreateRequest,
  type DerivationAlgorithm,
  KEY_TYPES,
  type KeyRecord,
  type KeyType,
  type Provider,
  PublicKey,
  type Usage,
} from "@keyrail/core";
import { exportPrivateKey, generatePrivateKey, prepareEngines } from "@keyrail/crypto";
import { ODD_LABELS } from "./odd-labels.ts";
import type { EncedoEnd, End } from "./ends.ts";

/** A master key type and scheme, with a path of a child that every provider can derive. */
const MASTERS: readonly (readonly [KeyType, DerivationAlgorithm])[] = [
  ["secp256k1", "BIP32"],
  ["secp256k1", "SLIP10"],
  ["P-256", "SLIP10"],
  ["Ed25519", "SLIP10"],
  ["Ed25519", "EDWARDS-HD"],
  ["X25519", "SLIP10"],
  ["stark", "STARK-HD"],
];

/** Usages that the software provider gives a key of a type, without those of masters. */
function softwareUsages(capabilities: CapabilityDeclaration, keyType: KeyType): readonly Usage[] {
  const row = capabilities.rows.find(({ operation, keyTypes }) => operation === "create" && keyTypes.includes(keyType));
  return (row?.usages?.[0] ?? []).filter((usage) => usage !== "derive");
}

/** Fills a software store: every type, extractable or not, each single usage, restricted keys, masters, children, public halves. */
export async function fillSoftware({ provider }: End): Promise<void> {
  const { keys, capabilities } = provider;
  let count = 0;
  const label = (): string => ODD_LABELS[count++ % ODD_LABELS.length] ?? "label";
  const create = (request: Omit<CreateRequest, "label">): Promise<KeyRecord> =>
    keys.create({ ...request, label: label() });
  for (const keyType of KEY_TYPES) {
    const usages = softwareUsages(capabilities, keyType);
    for (const extractable of [true, false]) {
      await create({ keyType, usages, extractable, description: `a ${keyType} key, usages ${usages.join("+")}` });
      if (usages.length > 1) for (const usage of usages) await create({ keyType, usages: [usage], extractable });
    }
  }
  for (const keyType of ["secp256k1", "P-256", "P-384", "P-521", "stark", "X25519", "X448"] as const) {
    for (const extractable of [true, false]) await create({ keyType, usages: ["derive"], extractable });
  }
  for (const algorithms of RESTRICTIONS) {
    const usages: readonly Usage[] = algorithms.includes("GLOW20") ? ["derive"] : ["sign", "verify"];
    for (const extractable of [true, false]) await create({ keyType: "secp256k1", usages, algorithms, extractable });
  }
  await create({ keyType: "Ed25519", usages: ["sign"], algorithms: ["Ed25519ph"] });
  await create({ keyType: "AES-256", usages: ["encrypt"], algorithms: ["A256GCM"], extractable: true });
  for (const [keyType, scheme] of MASTERS) await createMasters(provider, keyType, scheme, label);
  for (const keyType of ASYMMETRIC_KEY_TYPES) await importPublic(provider, keyType, label);
}

const RESTRICTIONS: readonly (readonly Algorithm[])[] = [
  ["ES256K"],
  ["ECDSA"],
  ["ES256K", "ECDSA"],
  ["BIP340"],
  ["BIP341"],
  ["BIP340", "BIP341"],
  ["ES256K", "BIP341"],
  ["GLOW20"],
];

async function createMasters(
  { keys }: Provider,
  keyType: KeyType,
  scheme: DerivationAlgorithm,
  label: () => string,
): Promise<void> {
  const signs = keyType !== "X25519";
  for (const extractable of [true, false]) {
    const usages: readonly Usage[] = signs ? ["sign", "verify", "derive"] : ["agree", "derive"];
    const master = await keys.create({ keyType, usages, extractable, hierarchical: scheme, label: label() });
    await keys.create({ keyType, usages: ["derive"], extractable, hierarchical: scheme, label: label() });
    const path = scheme === "SLIP10" && keyType !== "secp256k1" && keyType !== "P-256" ? "m/1'" : "m/1";
    const child = { kind: "hd", key: master.uri, path, extractable } as const;
    await keys.derive({ ...child, usages: [signs ? "sign" : "agree"], label: label() });
  }
}

async function importPublic(
  { keys, capabilities }: Provider,
  keyType: PublicKey["keyType"],
  label: () => string,
): Promise<void> {
  const row = capabilities.rows.find(
    (candidate) => candidate.operation === "import:public" && candidate.keyTypes.includes(keyType),
  );
  const usages = row?.usages?.[0];
  if (usages === undefined) return;
  await keys.import({ kind: "public", publicKey: await freshPublicKey(keyType), usages, label: label() });
  if (usages.length > 1) {
    for (const usage of usages) {
      await keys.import({ kind: "public", publicKey: await freshPublicKey(keyType), usages: [usage], label: label() });
    }
  }
}

async function freshPublicKey(keyType: PublicKey["keyType"]): Promise<PublicKey> {
  await prepareEngines(keyType);
  const key = generatePrivateKey(keyType);
  try {
    return PublicKey.fromRaw(keyType, key.publicKey);
  } finally {
    key.wipe();
  }
}

/** Fills a device: every type and mode, narrowed usages, derived keys, imported public keys, a pairing. */
export async function fillEncedo({ emulator, provider }: EncedoEnd): Promise<void> {
  const { keys } = provider;
  const device = ODD_LABELS.filter((label) => /^[ -~]{1,32}$/.test(label));
  let count = 0;
  const label = (): string => device[count++ % device.length] ?? "label";
  for (const type of ["SECP256R1", "SECP384R1", "SECP521R1", "SECP256K1"] as const) {
    emulator.addKeys([{ type, label: label() }]);
    for (const mode of ["ECDH", "ExDSA", "ECDH,ExDSA"] as const) {
      emulator.addKeys([{ type, mode, label: label(), description: Buffer.from(`made with ${mode}`) }]);
    }
  }
  for (const type of OTHER_TYPES) emulator.addKeys([{ type, label: label() }]);
  emulator.addKeys([{ type: "ED25519", label: label(), description: Uint8Array.of(0xff, 0xfe, 0x00) }]);
  await keys.create({ keyType: "P-256", usages: ["sign"], label: label() });
  await keys.create({ keyType: "AES-256", usages: ["encrypt"], label: label() });
  await keys.create({ keyType: "AES-256", usages: ["wrap"], label: label() });
  const x25519 = await keys.create({ keyType: "X25519", usages: ["agree", "derive"], label: label() });
  for (const keyType of ["AES-256", "Ed25519", "HMAC-SHA-256"] as const) {
    const usages: readonly Usage[] = keyType === "AES-256" ? ["encrypt"] : keyType === "Ed25519" ? ["sign"] : ["mac"];
    const peer = { publicKey: await freshPublicKey("X25519") };
    await keys.derive({ kind: "ecdh", key: x25519.uri, peer, keyType, usages, label: label() });
  }
  for (const keyType of ASYMMETRIC_KEY_TYPES) await importPublic(provider, keyType, label);
  emulator.pairAuthenticator("a phone");
}

const OTHER_TYPES = [
  "ED25519",
  "ED448",
  "CURVE25519",
  "CURVE448",
  "MLKEM512",
  "MLKEM768",
  "MLKEM1024",
  "MLDSA44",
  "MLDSA65",
  "MLDSA87",
  "SHA2-256",
  "SHA2-384",
  "SHA2-512",
  "SHA3-256",
  "SHA3-384",
  "SHA3-512",
  "AES128",
  "AES192",
  "AES256",
] as const;

/** Fills an organisation: every scheme and curve, masters, children, imported keys. */
export async function fillDfns({ provider }: End): Promise<void> {
  const { keys, capabilities } = provider;
  let count = 0;
  const fitting = ODD_LABELS.filter((label) => Buffer.byteLength(label) <= 100 && !hasControls(label));
  const label = (): string => fitting[count++ % fitting.length] ?? "";
  for (const row of capabilities.rows.filter(({ operation }) => operation === "create")) {
    const [keyType] = row.keyTypes;
    const [usages] = row.usages ?? [];
    if (keyType === undefined || usages === undefined) continue;
    const hierarchical = row.hierarchical?.[0];
    const algorithms = row.keyAlgorithms?.[0];
    const record = await keys.create({
      keyType,
      usages,
      label: label(),
      ...(hierarchical === undefined ? {} : { hierarchical }),
      ...(algorithms === undefined ? {} : { algorithms }),
    });
    if (hierarchical === undefined) continue;
    await keys.derive({ kind: "hd", key: record.uri, path: "m/7", usages: ["sign"], label: label() });
  }
  await prepareEngines("Ed25519");
  const imported = generatePrivateKey("Ed25519");
  await keys.import({ kind: "private", privateKey: exportPrivateKey(imported), usages: ["sign"], label: label() });
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text) || !text.isWellFormed();
}

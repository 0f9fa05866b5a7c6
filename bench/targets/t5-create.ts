/** T5: making a key against key generation with raw public export. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { KeyType } from "@keyrail/core";
import { atLeast, ratio, type Row } from "../compare.ts";
import { memoryProvider } from "../fixtures.ts";

const CASES: readonly (readonly [KeyType, () => KeyObject])[] = [
  ["P-256", () => generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey],
  ["P-384", () => generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey],
  ["Ed25519", () => generateKeyPairSync("ed25519").publicKey],
  ["ML-DSA-65", () => generateKeyPairSync("ml-dsa-65").publicKey],
];

export async function t5Create(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [keyType, generate] of CASES) {
    const provider = await memoryProvider();
    const measured = await ratio(
      () => provider.keys.create({ keyType, usages: ["sign", "verify"], label: "bench" }),
      () => generate().export({ format: "jwk" }),
    );
    await provider.close();
    rows.push(atLeast("T5", `${keyType} create against generateKeyPairSync + raw public export`, 0.8, measured));
  }
  return rows;
}

/** Key pairs made by node:crypto, the independent tool most of these tests compare with. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { ASYMMETRIC_KEY_TYPES, type AsymmetricKeyType, type PrivateKeyMaterial, type PublicKey } from "@keyrail/core";
import { readKeyFile, type ParsedPrivateKey, type ReadKeyFileOptions } from "../../src/index.ts";

/** Key types that node:crypto has. */
export type NodeKeyType = Exclude<AsymmetricKeyType, "stark">;

export const NODE_KEY_TYPES: readonly NodeKeyType[] = ASYMMETRIC_KEY_TYPES.filter(
  (keyType): keyType is NodeKeyType => keyType !== "stark",
);

export const PASSWORD: Uint8Array = new TextEncoder().encode("pässwörd with ümlauts");

export interface NodeKeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function generateKeyPair(keyType: NodeKeyType): NodeKeyPair {
  switch (keyType) {
    case "P-256":
    case "P-384":
    case "P-521":
    case "secp256k1":
      return generateKeyPairSync("ec", { namedCurve: keyType });
    case "Ed25519":
      return generateKeyPairSync("ed25519");
    case "Ed448":
      return generateKeyPairSync("ed448");
    case "X25519":
      return generateKeyPairSync("x25519");
    case "X448":
      return generateKeyPairSync("x448");
    case "ML-KEM-512":
      return generateKeyPairSync("ml-kem-512");
    case "ML-KEM-768":
      return generateKeyPairSync("ml-kem-768");
    case "ML-KEM-1024":
      return generateKeyPairSync("ml-kem-1024");
    case "ML-DSA-44":
      return generateKeyPairSync("ml-dsa-44");
    case "ML-DSA-65":
      return generateKeyPairSync("ml-dsa-65");
    case "ML-DSA-87":
      return generateKeyPairSync("ml-dsa-87");
  }
}

export const spkiOf = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
export const pkcs8Of = (key: KeyObject): Buffer => key.export({ type: "pkcs8", format: "der" });

/** The bytes of a text. */
export function textBytes(text: string | Buffer): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** Reads a file that has to hold a private key. */
export async function readPrivate(
  file: Uint8Array | string,
  options: ReadKeyFileOptions = {},
): Promise<{ readonly material: PrivateKeyMaterial; readonly publicKey: PublicKey | undefined }> {
  const key = await readKeyFile(typeof file === "string" ? textBytes(file) : file, options);
  if (key.kind !== "private") throw new Error(`expected a private key, not ${key.kind}`);
  const { material, publicKey }: ParsedPrivateKey = key;
  return { material, publicKey };
}

/** One entry to write a private key as a file of any format that has a place for it. */

import { encodeHex, encodePemBytes, wipe, type PrivateKeyMaterial, type PublicKey } from "@keyrail/core";
import { encryptPkcs8 } from "./pbes2.ts";
import { PEM_LABELS } from "./pem-key-file.ts";
import { passwordNeeded } from "./parsed-key.ts";
import { writePkcs8 } from "./pkcs8.ts";
import { invalidRequest } from "../errors.ts";
import { writeSec1 } from "./sec1.ts";
import { writeSolanaIdFile } from "./solana.ts";
import { writePrivateJwk } from "./write-private-jwk.ts";

/** The formats {@link writeKeyFile} writes. `pkcs8` and `sec1` are DER; the others are text. */
export const WRITABLE_KEY_FILE_FORMATS = [
  "pkcs8-pem",
  "pkcs8",
  "sec1-pem",
  "sec1",
  "jwk",
  "web3",
  "solana",
  "hex",
  "raw",
] as const;

/** A format {@link writeKeyFile} writes. */
export type WritableKeyFileFormat = (typeof WRITABLE_KEY_FILE_FORMATS)[number];

/** Options of {@link writeKeyFile}. */
export interface WriteKeyFileOptions {
  readonly format: WritableKeyFileFormat;
  /** Encrypts `pkcs8` and `pkcs8-pem`, and is needed for `web3`. UTF-8 bytes; not kept, not wiped. The others have no encryption. */
  readonly password?: Uint8Array;
}

/**
 * The content of a key file. The caller wipes it when it is not encrypted.
 *
 * @param publicKey the public half of the material; taken as given.
 * @throws `InvalidKeyMaterial` when the format has no place for the key; `InvalidRequest` for a password with a format
 *   that is never encrypted; `WrongPassword` for `web3` without one.
 */
export async function writeKeyFile(
  material: PrivateKeyMaterial,
  publicKey: PublicKey,
  { format, password }: WriteKeyFileOptions,
): Promise<Uint8Array> {
  const encryptable = format === "pkcs8" || format === "pkcs8-pem" || format === "web3";
  if (password !== undefined && !encryptable)
    throw invalidRequest(`A file of format ${format} can't be encrypted.`, "password");
  switch (format) {
    case "pkcs8":
      return (await pkcs8(material, publicKey, password)).der;
    case "pkcs8-pem": {
      const { label, der } = await pkcs8(material, publicKey, password);
      return asPem(label, der);
    }
    case "sec1":
      return writeSec1(material, publicKey);
    case "sec1-pem":
      return asPem(PEM_LABELS.sec1, writeSec1(material, publicKey));
    case "jwk":
      return new TextEncoder().encode(`${JSON.stringify(writePrivateJwk(material, publicKey))}\n`);
    case "web3": {
      if (password === undefined) throw passwordNeeded("web3");
      const { writeWeb3SecretStorage } = await import("./web3-secret-storage.ts");
      return new TextEncoder().encode(`${await writeWeb3SecretStorage(material, password)}\n`);
    }
    case "solana":
      return writeSolanaIdFile(material, publicKey);
    case "hex":
      return new TextEncoder().encode(`${encodeHex(material.bytes)}\n`);
    case "raw":
      return new Uint8Array(material.bytes);
  }
}

async function pkcs8(
  material: PrivateKeyMaterial,
  publicKey: PublicKey,
  password: Uint8Array | undefined,
): Promise<{ readonly label: string; readonly der: Uint8Array }> {
  const plain = writePkcs8(material, publicKey);
  if (password === undefined) return { label: PEM_LABELS.pkcs8, der: plain };
  try {
    return { label: PEM_LABELS.encryptedPkcs8, der: await encryptPkcs8(plain, password) };
  } finally {
    wipe(plain);
  }
}

function asPem(label: string, der: Uint8Array): Uint8Array {
  try {
    return encodePemBytes(label, der);
  } finally {
    wipe(der);
  }
}

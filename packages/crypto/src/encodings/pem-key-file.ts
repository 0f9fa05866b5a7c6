/** PEM files with one key: which block is the key, and what the others say about it. */

import {
  DerReader,
  PublicKey,
  decodePem,
  isNamedCurveKeyType,
  readNamedCurve,
  wipe,
  type KeyType,
  type NamedCurveKeyType,
  type PemBlock,
} from "@keyrail/core";
import { decryptPkcs8 } from "./pbes2.ts";
import {
  invalidKeyFile,
  passwordNeeded,
  type DecodedPrivateKey,
  type KeyFileFormat,
  type ParsedKey,
} from "./parsed-key.ts";
import { decodePkcs8 } from "./pkcs8.ts";
import { decodeEcPrivateKey } from "./sec1.ts";
import { verifyPrivateKey } from "./verify-private-key.ts";

/** Labels of RFC 7468 (sections 10, 11, 13) and, for `EC PRIVATE KEY`, of RFC 5915. */
export const PEM_LABELS = {
  pkcs8: "PRIVATE KEY",
  encryptedPkcs8: "ENCRYPTED PRIVATE KEY",
  sec1: "EC PRIVATE KEY",
  spki: "PUBLIC KEY",
} as const;

const EC_PARAMETERS = "EC PARAMETERS";
const PRIVATE_LABELS: readonly string[] = [PEM_LABELS.pkcs8, PEM_LABELS.encryptedPkcs8, PEM_LABELS.sec1];

/** Labels of other tools' keys, with what to do about them. */
const FOREIGN_LABELS: Readonly<Record<string, string>> = {
  "OPENSSH PRIVATE KEY":
    'it is in the OpenSSH format; convert a copy with "ssh-keygen -p -m PKCS8 -f COPY" (older OpenSSH does so for ECDSA keys only, and leaves others as they are)',
  "RSA PRIVATE KEY": "it holds an RSA key, which is not supported",
  "DSA PRIVATE KEY": "it holds a DSA key, which is not supported",
  "RSA PUBLIC KEY": "it holds an RSA key, which is not supported",
  CERTIFICATE: 'it holds a certificate; extract the key with "openssl x509 -pubkey -noout"',
};

/** What reading a private key may need from outside the file. */
export interface OpenOptions {
  /** UTF-8 bytes; not kept, not wiped. */
  readonly password?: Uint8Array | undefined;
  readonly keyType?: KeyType | undefined;
}

/**
 * Reads the one key of a PEM file. `EC PARAMETERS` blocks and a `PUBLIC KEY` block beside a private key must agree with
 * it; blocks that are not keys (certificates of a bundle) are passed over.
 *
 * @throws `InvalidKeyMaterial` without a key or with several; `WrongPassword`.
 */
export async function decodePemKeyFile(file: Uint8Array, options: OpenOptions): Promise<ParsedKey> {
  const blocks = decodePem(file);
  try {
    const privateBlocks = blocks.filter(({ label }) => PRIVATE_LABELS.includes(label));
    const publicBlocks = blocks.filter(({ label }) => label === PEM_LABELS.spki);
    const [privateBlock, secondPrivate] = privateBlocks;
    const [publicBlock, secondPublic] = publicBlocks;
    if (secondPrivate !== undefined || secondPublic !== undefined) {
      throw invalidKeyFile("The PEM file holds several keys; give a file with one.", "several keys", "pem");
    }
    const publicKey = publicBlock === undefined ? undefined : PublicKey.fromSpki(publicBlock.bytes);
    if (privateBlock !== undefined) return await decodePrivateBlock(privateBlock, blocks, publicKey, options);
    if (publicKey !== undefined) return { kind: "public", publicKey };
    throw noKey(blocks);
  } finally {
    wipe(...blocks.map(({ bytes }) => bytes));
  }
}

/** Opens an encrypted PKCS#8 DER and reads what is inside. */
export async function decodeEncryptedPkcs8(der: Uint8Array, { password }: OpenOptions): Promise<DecodedPrivateKey> {
  if (password === undefined) throw passwordNeeded("pkcs8");
  const plain = await decryptPkcs8(der, password);
  try {
    return decodePkcs8(plain);
  } finally {
    wipe(plain);
  }
}

/** The named curve a caller's key type stands for, for SEC 1 files that do not name theirs. */
export function namedCurveOf(keyType: KeyType | undefined): NamedCurveKeyType | undefined {
  return keyType !== undefined && isNamedCurveKeyType(keyType) ? keyType : undefined;
}

async function decodePrivateBlock(
  block: PemBlock,
  blocks: readonly PemBlock[],
  besides: PublicKey | undefined,
  options: OpenOptions,
): Promise<ParsedKey> {
  let decoded: DecodedPrivateKey;
  let format: KeyFileFormat = "pkcs8";
  if (block.label === PEM_LABELS.pkcs8) {
    decoded = decodePkcs8(block.bytes);
  } else if (block.label === PEM_LABELS.encryptedPkcs8) {
    decoded = await decodeEncryptedPkcs8(block.bytes, options);
  } else {
    format = "sec1";
    decoded = decodeEcPrivateKey(block.bytes, "sec1", curveOfPreamble(blocks), namedCurveOf(options.keyType));
  }
  if (besides === undefined) return verifyPrivateKey(decoded, format);
  if (decoded.publicKey !== undefined && !decoded.publicKey.equals(besides)) {
    wipe(decoded.material.bytes, decoded.expanded);
    throw invalidKeyFile(
      "The public key in the file does not belong to its private key.",
      "public key does not belong",
      "pem",
    );
  }
  return verifyPrivateKey({ ...decoded, publicKey: besides }, format);
}

function curveOfPreamble(blocks: readonly PemBlock[]): NamedCurveKeyType | undefined {
  const preamble = blocks.find(({ label }) => label === EC_PARAMETERS);
  if (preamble === undefined) return undefined;
  const reader = new DerReader(preamble.bytes, "sec1");
  const keyType = readNamedCurve(reader, "sec1");
  reader.end();
  return keyType;
}

function noKey(blocks: readonly PemBlock[]): Error {
  for (const { label } of blocks) {
    const foreign = Object.hasOwn(FOREIGN_LABELS, label) ? FOREIGN_LABELS[label] : undefined;
    if (foreign !== undefined)
      return invalidKeyFile(`The PEM file can't be read: ${foreign}.`, "unsupported PEM block", "pem");
  }
  const labels = blocks.map(({ label }) => `"${label}"`).join(", ");
  return invalidKeyFile(`The PEM file has no key block; it has ${labels}.`, "no key block", "pem");
}

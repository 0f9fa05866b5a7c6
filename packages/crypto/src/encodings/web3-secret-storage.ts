/** Web3 Secret Storage, version 3: the encrypted secp256k1 keys of Ethereum wallets. */

import { createCipheriv, createDecipheriv, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { encodeHex, tryDecodeHex, wipe, type PrivateKeyMaterial, type PublicKey } from "@keyrail/core";
import * as z from "zod/mini";
import { derivePublicKey } from "./derive-public-key.ts";
import { invalidKeyFile, wrongPassword, type ParsedPrivateKey } from "./parsed-key.ts";
import { passwordKey, type PasswordKeyParameters } from "./password-key.ts";
import { readScalar } from "./scalar.ts";

const VERSION = 3;
const KEY_BYTES = 32;
const DERIVED_KEY_BYTES = 32;
/** The derived key's first half encrypts, the second half authenticates. */
const CIPHER_KEY_BYTES = 16;
const DEFAULT_COST = 131_072;

const SCRYPT_SCHEMA = z.looseObject({
  dklen: z.number(),
  n: z.number(),
  r: z.number(),
  p: z.number(),
  salt: z.string(),
});
const PBKDF2_SCHEMA = z.looseObject({ dklen: z.number(), c: z.number(), prf: z.string(), salt: z.string() });
const CRYPTO_SCHEMA = z.looseObject({
  cipher: z.string(),
  cipherparams: z.looseObject({ iv: z.string() }),
  ciphertext: z.string(),
  kdf: z.string(),
  kdfparams: z.unknown(),
  mac: z.string(),
});
const FILE_SCHEMA = z.looseObject({ version: z.literal(VERSION), address: z.optional(z.string()) });

/** Options of {@link writeWeb3SecretStorage}. */
export interface Web3SecretStorageOptions {
  /** scrypt N, a power of two: 131,072 unless told (with r 8 and p 1: 128 MiB). */
  readonly cost?: number;
}

/**
 * Opens a version 3 file with scrypt or PBKDF2-HMAC-SHA-256. The MAC is compared in constant time; an address in the file
 * must be that of the key.
 *
 * @param password UTF-8 bytes; not kept, not wiped.
 * @throws `WrongPassword` when the MAC does not match; `InvalidKeyMaterial` when the file is malformed or asks for too
 *   much work.
 */
export async function decodeWeb3SecretStorage(value: unknown, password: Uint8Array): Promise<ParsedPrivateKey> {
  const file = FILE_SCHEMA.safeParse(value);
  if (!file.success) throw malformed("it lacks its version or has a malformed address");
  const parsed = CRYPTO_SCHEMA.safeParse(file.data["crypto"] ?? file.data["Crypto"]);
  if (!parsed.success) throw malformed('its "crypto" member is incomplete');
  const { cipher, cipherparams, ciphertext: ciphertextHex, kdf, kdfparams, mac: macHex } = parsed.data;
  if (cipher !== "aes-128-ctr") throw malformed("its cipher is not aes-128-ctr");
  const iv = hexBytes(cipherparams.iv, "iv", 16);
  const ciphertext = hexBytes(ciphertextHex, "ciphertext", KEY_BYTES);
  const mac = hexBytes(macHex, "mac", 32);
  const derived = await passwordKey(password, kdfParameters(kdf, kdfparams), DERIVED_KEY_BYTES, "web3");
  try {
    const expected = await keccak256(derived.subarray(CIPHER_KEY_BYTES), ciphertext);
    if (!timingSafeEqual(expected, mac)) throw wrongPassword("web3");
    const decipher = createDecipheriv("aes-128-ctr", derived.subarray(0, CIPHER_KEY_BYTES), iv);
    const plain = decipher.update(ciphertext);
    try {
      const material: PrivateKeyMaterial = {
        keyType: "secp256k1",
        format: "scalar",
        bytes: readScalar("secp256k1", plain, "web3"),
      };
      await checkAddress(material, file.data.address);
      return { kind: "private", material };
    } finally {
      wipe(plain);
    }
  } finally {
    wipe(derived);
  }
}

/**
 * A version 3 file: scrypt (r 8, p 1, 32-byte random salt), aes-128-ctr, Keccak-256 MAC, with the address.
 *
 * @param password UTF-8 bytes; not kept, not wiped.
 * @returns JSON text; it holds no secret in clear.
 * @throws `InvalidKeyMaterial` for anything but a secp256k1 scalar.
 */
export async function writeWeb3SecretStorage(
  material: PrivateKeyMaterial,
  password: Uint8Array,
  { cost = DEFAULT_COST }: Web3SecretStorageOptions = {},
): Promise<string> {
  if (material.keyType !== "secp256k1" || material.format !== "scalar") {
    throw invalidKeyFile("Web3 Secret Storage holds secp256k1 keys only.", "wrong type", "web3");
  }
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const kdf: PasswordKeyParameters = { name: "scrypt", salt, cost, blockSize: 8, parallelization: 1 };
  const derived = await passwordKey(password, kdf, DERIVED_KEY_BYTES, "web3");
  try {
    const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, CIPHER_KEY_BYTES), iv);
    const ciphertext = cipher.update(material.bytes);
    const mac = await keccak256(derived.subarray(CIPHER_KEY_BYTES), ciphertext);
    const address = await ethereumAddress(await derivePublicKey(material, "web3"));
    const file = {
      version: VERSION,
      id: randomUUID(),
      address: encodeHex(address),
      crypto: {
        cipher: "aes-128-ctr",
        cipherparams: { iv: encodeHex(iv) },
        ciphertext: encodeHex(ciphertext),
        kdf: "scrypt",
        kdfparams: { dklen: DERIVED_KEY_BYTES, n: cost, r: 8, p: 1, salt: encodeHex(salt) },
        mac: encodeHex(mac),
      },
    };
    return JSON.stringify(file);
  } finally {
    wipe(derived);
  }
}

function kdfParameters(kdf: string, value: unknown): PasswordKeyParameters {
  if (kdf === "scrypt") {
    const parsed = SCRYPT_SCHEMA.safeParse(value);
    if (!parsed.success) throw malformed("its scrypt parameters are incomplete");
    const { dklen, n, r, p, salt } = parsed.data;
    requireDerivedLength(dklen);
    return {
      name: "scrypt",
      salt: hexBytes(salt, "salt"),
      ...wholeNumbers({ cost: n, blockSize: r, parallelization: p }),
    };
  }
  if (kdf === "pbkdf2") {
    const parsed = PBKDF2_SCHEMA.safeParse(value);
    if (!parsed.success) throw malformed("its PBKDF2 parameters are incomplete");
    const { dklen, c, prf, salt } = parsed.data;
    if (prf !== "hmac-sha256") throw malformed("its PBKDF2 does not use hmac-sha256");
    requireDerivedLength(dklen);
    return { name: "pbkdf2", hash: "sha256", salt: hexBytes(salt, "salt"), ...wholeNumbers({ iterations: c }) };
  }
  throw malformed("its kdf is neither scrypt nor pbkdf2");
}

function requireDerivedLength(dklen: number): void {
  if (dklen !== DERIVED_KEY_BYTES) throw malformed(`its dklen is not ${DERIVED_KEY_BYTES}`);
}

function wholeNumbers<T extends Readonly<Record<string, number>>>(numbers: T): T {
  if (!Object.values(numbers).every(Number.isSafeInteger))
    throw malformed("a key derivation parameter is not a whole number");
  return numbers;
}

function hexBytes(text: string, name: string, length?: number): Uint8Array {
  const bytes = tryDecodeHex(text.startsWith("0x") ? text.slice(2) : text);
  if (bytes === undefined || (length !== undefined && bytes.length !== length)) {
    throw malformed(`its ${name} is not ${length === undefined ? "hexadecimal" : `${length} bytes of hexadecimal`}`);
  }
  return bytes;
}

async function checkAddress(material: PrivateKeyMaterial, stated: string | undefined): Promise<void> {
  if (stated === undefined || stated === "") return;
  const expected = hexBytes(stated, "address", 20);
  const actual = await ethereumAddress(await derivePublicKey(material, "web3"));
  if (Buffer.compare(expected, actual) === 0) return;
  wipe(material.bytes);
  throw invalidKeyFile("The address in the file is not that of its private key.", "address does not belong", "web3");
}

async function ethereumAddress(publicKey: PublicKey): Promise<Uint8Array> {
  return (await keccak256(publicKey.toRaw().subarray(1))).subarray(12);
}

async function keccak256(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const { keccak_256 } = await import("@noble/hashes/sha3.js");
  const hash = keccak_256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function malformed(what: string): Error {
  return invalidKeyFile(`The Web3 Secret Storage file can't be read: ${what}.`, "malformed file", "web3");
}

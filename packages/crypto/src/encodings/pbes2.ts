/** PKCS#8 EncryptedPrivateKeyInfo with PBES2 (RFC 8018): PBKDF2 or scrypt (RFC 7914), AES-CBC. */

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import {
  DerReader,
  KeyrailError,
  TAG,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSmallInteger,
  wipe,
} from "@keyrail/core";
import { looksLikePkcs8 } from "./classify-der.ts";
import { invalidKeyFile, wrongPassword } from "./parsed-key.ts";
import { passwordKey, type PasswordHash, type PasswordKeyParameters } from "./password-key.ts";

const PBES2_OID = "1.2.840.113549.1.5.13";
const PBKDF2_OID = "1.2.840.113549.1.5.12";
const SCRYPT_OID = "1.3.6.1.4.1.11591.4.11";
const BLOCK_BYTES = 16;
const SALT_BYTES = 16;

/** OWASP's figure for PBKDF2-HMAC-SHA-256. */
const DEFAULT_ITERATIONS = 600_000;

const PSEUDORANDOM_FUNCTIONS: Readonly<Record<string, PasswordHash>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};
const HMAC_SHA_256_OID = "1.2.840.113549.2.9";

interface AesCbc {
  readonly name: "aes-128-cbc" | "aes-192-cbc" | "aes-256-cbc";
  readonly keyBytes: number;
}

const CIPHERS: Readonly<Record<string, AesCbc>> = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyBytes: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyBytes: 24 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyBytes: 32 },
};
const AES_256_CBC_OID = "2.16.840.1.101.3.4.1.42";
const AES_256_CBC: AesCbc = { name: "aes-256-cbc", keyBytes: 32 };

/** Options of {@link encryptPkcs8}. */
export interface EncryptPkcs8Options {
  /** PBKDF2 iterations: 600,000 unless told; at least 10,000, at most 10,000,000. */
  readonly iterations?: number;
}

/**
 * Opens an encrypted PKCS#8 DER. Parameters that would cost too much time or memory are refused before any work (see
 * `passwordKey`).
 *
 * @param password UTF-8 bytes; not kept, not wiped.
 * @returns the DER of the PKCS#8 inside; the caller wipes it.
 * @throws `WrongPassword` when it does not open (a damaged file looks the same); `InvalidKeyMaterial` for an encryption
 *   other than PBES2 with AES-CBC, and for damaged parameters.
 */
export async function decryptPkcs8(der: Uint8Array, password: Uint8Array): Promise<Uint8Array> {
  const { kdf, cipher, iv, ciphertext } = readEncryptedPrivateKeyInfo(der);
  if (ciphertext.length === 0 || ciphertext.length % BLOCK_BYTES !== 0) {
    throw invalidKeyFile("The encrypted key has a broken length; the file is damaged.", "ciphertext length", "pkcs8");
  }
  const key = await passwordKey(password, kdf, cipher.keyBytes, "pkcs8");
  const padded = new Uint8Array(ciphertext.length);
  try {
    const decipher = createDecipheriv(cipher.name, key, iv).setAutoPadding(false);
    const chunk = decipher.update(ciphertext);
    padded.set(chunk);
    wipe(chunk);
    const plain = withoutPadding(padded);
    // One wrong password in 256 leaves valid padding: what is inside tells.
    if (plain === undefined || !looksLikePkcs8(plain)) throw wrongPassword("pkcs8");
    return new Uint8Array(plain);
  } finally {
    wipe(key, padded);
  }
}

/**
 * Encrypts a PKCS#8 DER: PBES2 with PBKDF2-HMAC-SHA-256 (16-byte random salt) and AES-256-CBC, which OpenSSL 1.1 and later,
 * Java and Node.js read.
 *
 * @param password UTF-8 bytes; not kept, not wiped.
 */
export async function encryptPkcs8(
  pkcs8: Uint8Array,
  password: Uint8Array,
  { iterations = DEFAULT_ITERATIONS }: EncryptPkcs8Options = {},
): Promise<Uint8Array> {
  if (!Number.isSafeInteger(iterations) || iterations < 10_000 || iterations > 10_000_000) {
    throw new KeyrailError("InvalidRequest", "The PBKDF2 iterations must be between 10,000 and 10,000,000.", {
      path: "iterations",
    });
  }
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(BLOCK_BYTES);
  const key = await passwordKey(
    password,
    { name: "pbkdf2", hash: "sha256", salt, iterations },
    AES_256_CBC.keyBytes,
    "pkcs8",
  );
  try {
    const cipher = createCipheriv(AES_256_CBC.name, key, iv);
    const ciphertext = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
    const pseudorandomFunction = derSequence(derObjectIdentifier(HMAC_SHA_256_OID), derNull());
    const kdf = derSequence(
      derObjectIdentifier(PBKDF2_OID),
      derSequence(derOctetString(salt), derSmallInteger(iterations), pseudorandomFunction),
    );
    const scheme = derSequence(derObjectIdentifier(AES_256_CBC_OID), derOctetString(iv));
    const algorithm = derSequence(derObjectIdentifier(PBES2_OID), derSequence(kdf, scheme));
    return derSequence(algorithm, derOctetString(ciphertext));
  } finally {
    wipe(key);
  }
}

interface EncryptedPrivateKeyInfo {
  readonly kdf: PasswordKeyParameters;
  readonly cipher: AesCbc;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
}

function readEncryptedPrivateKeyInfo(der: Uint8Array): EncryptedPrivateKeyInfo {
  const outer = new DerReader(der, "pkcs8");
  const info = outer.readSequence();
  outer.end();
  const algorithm = info.readSequence();
  if (algorithm.readObjectIdentifier() !== PBES2_OID) throw unsupported("its encryption is not PBES2");
  const parameters = algorithm.readSequence();
  algorithm.end();
  const ciphertext = info.readOctetString();
  info.end();
  const kdfIdentifier = parameters.readSequence();
  const scheme = parameters.readSequence();
  parameters.end();
  const cipher = own(CIPHERS, scheme.readObjectIdentifier());
  if (cipher === undefined) throw unsupported("its cipher is not AES-CBC");
  const iv = scheme.readOctetString();
  scheme.end();
  if (iv.length !== BLOCK_BYTES) {
    throw invalidKeyFile("The encrypted key has an IV of a wrong length.", "IV length", "pkcs8");
  }
  return { kdf: readKdf(kdfIdentifier, cipher.keyBytes), cipher, iv, ciphertext };
}

function readKdf(identifier: DerReader, keyBytes: number): PasswordKeyParameters {
  const oid = identifier.readObjectIdentifier();
  if (oid !== PBKDF2_OID && oid !== SCRYPT_OID) throw unsupported("its key derivation is neither PBKDF2 nor scrypt");
  const parameters = identifier.readSequence();
  identifier.end();
  if (parameters.peekTag() === TAG.sequence) throw unsupported("its salt comes from an algorithm of its own");
  const salt = parameters.readOctetString();
  const kdf: PasswordKeyParameters =
    oid === PBKDF2_OID ? readPbkdf2(parameters, salt, keyBytes) : readScrypt(parameters, salt, keyBytes);
  parameters.end();
  return kdf;
}

function readPbkdf2(parameters: DerReader, salt: Uint8Array, keyBytes: number): PasswordKeyParameters {
  const iterations = parameters.readSmallInteger();
  readKeyLength(parameters, keyBytes);
  return { name: "pbkdf2", hash: readPseudorandomFunction(parameters), salt, iterations };
}

function readScrypt(parameters: DerReader, salt: Uint8Array, keyBytes: number): PasswordKeyParameters {
  const cost = parameters.readSmallInteger();
  const blockSize = parameters.readSmallInteger();
  const parallelization = parameters.readSmallInteger();
  readKeyLength(parameters, keyBytes);
  return { name: "scrypt", salt, cost, blockSize, parallelization };
}

function readKeyLength(parameters: DerReader, keyBytes: number): void {
  if (parameters.peekTag() !== TAG.integer || parameters.readSmallInteger() === keyBytes) return;
  throw invalidKeyFile("The encrypted key names a key length that its cipher does not have.", "key length", "pkcs8");
}

function readPseudorandomFunction(parameters: DerReader): PasswordHash {
  if (parameters.done) return "sha1";
  const identifier = parameters.readSequence();
  const name = own(PSEUDORANDOM_FUNCTIONS, identifier.readObjectIdentifier());
  if (name === undefined) throw unsupported("its PBKDF2 uses a hash other than SHA-1 and SHA-2");
  if (!identifier.done) identifier.readNull();
  identifier.end();
  return name;
}

/** PKCS#7 padding removed (a view), or `undefined` when it is not there. */
function withoutPadding(padded: Uint8Array): Uint8Array | undefined {
  const count = padded.at(-1) ?? 0;
  if (count === 0 || count > BLOCK_BYTES) return undefined;
  const end = padded.length - count;
  return padded.subarray(end).every((byte) => byte === count) ? padded.subarray(0, end) : undefined;
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function unsupported(what: string): Error {
  return invalidKeyFile(
    `The encrypted key can't be opened: ${what}. Convert it with "openssl pkcs8 -topk8 -v2 aes-256-cbc".`,
    "unsupported encryption",
    "pkcs8",
  );
}

/** Keys from passwords, for the formats that encrypt a key file: PBKDF2 (RFC 8018) and scrypt (RFC 7914), with limits. */

import { pbkdf2, scrypt } from "node:crypto";
import { invalidKeyFile, type KeyFileFormat } from "./parsed-key.ts";

/** Hashes of PBKDF2-HMAC, by their OpenSSL names. */
export type PasswordHash = "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

/** A key derivation with its parameters, as a file states them. */
export type PasswordKeyParameters =
  | {
      readonly name: "pbkdf2";
      readonly hash: PasswordHash;
      readonly salt: Uint8Array;
      readonly iterations: number;
    }
  | {
      readonly name: "scrypt";
      readonly salt: Uint8Array;
      /** N: a power of two. */
      readonly cost: number;
      /** r. */
      readonly blockSize: number;
      /** p. */
      readonly parallelization: number;
    };

/** About one second of one core with SHA-256. */
const MAXIMUM_ITERATIONS = 10_000_000;
/** N * r, each unit 128 bytes of memory: 512 MiB. Wallets in use need half of it. */
const MAXIMUM_SCRYPT_MEMORY = 2 ** 22;
/** N * r * p: bounds the time to a few seconds. */
const MAXIMUM_SCRYPT_WORK = 2 ** 23;

/** As above where the runtime's scrypt refuses the parameters and noble's, several times slower, has to do. */
const MAXIMUM_SCRYPT_WORK_IN_JAVASCRIPT = 2 ** 21;

/**
 * Derives a key of `length` bytes off the main thread. The caller wipes it.
 *
 * @param password UTF-8 bytes.
 * @throws `InvalidKeyMaterial` when the parameters are not valid or above the limits: 10,000,000 iterations for PBKDF2;
 *   `N * r <= 2^22` (512 MiB) and `N * r * p <= 2^23` for scrypt (2^21 with r 1 and N of 2^16 or more). The file is not trusted before it opens, so neither
 *   are its costs.
 */
export async function passwordKey(
  password: Uint8Array,
  parameters: PasswordKeyParameters,
  length: number,
  format: KeyFileFormat,
): Promise<Uint8Array> {
  if (parameters.name === "pbkdf2") {
    const { hash, salt, iterations } = parameters;
    if (iterations < 1) throw invalidKeyFile("The file states no PBKDF2 iterations.", "no iterations", format);
    if (iterations > MAXIMUM_ITERATIONS) throw tooExpensive(`${iterations} PBKDF2 iterations`, format);
    return new Promise((resolve, reject) => {
      pbkdf2(password, salt, iterations, length, hash, settle(resolve, reject));
    });
  }
  const { salt, cost, blockSize, parallelization } = parameters;
  const powerOfTwo = cost > 1 && Number.isInteger(Math.log2(cost));
  if (!powerOfTwo || blockSize < 1 || parallelization < 1) {
    throw invalidKeyFile("The file states scrypt parameters that are not valid.", "scrypt parameters", format);
  }
  const memory = cost * blockSize;
  if (memory > MAXIMUM_SCRYPT_MEMORY || memory * parallelization > MAXIMUM_SCRYPT_WORK) {
    throw tooExpensive(`scrypt with N ${cost}, r ${blockSize}, p ${parallelization}`, format);
  }
  // RFC 7914 asks for N < 2^(16 r), which OpenSSL enforces; early Ethereum wallets wrote r 1 with N 262144.
  if (blockSize === 1 && cost >= 2 ** 16) {
    if (memory * parallelization > MAXIMUM_SCRYPT_WORK_IN_JAVASCRIPT) {
      throw tooExpensive(`scrypt with N ${cost}, r ${blockSize}, p ${parallelization}`, format);
    }
    const { scryptAsync } = await import("@noble/hashes/scrypt.js");
    return scryptAsync(password, salt, { N: cost, r: blockSize, p: parallelization, dkLen: length });
  }
  // 128 * r * (N + p + 2) bytes are what OpenSSL asks for.
  const maxmem = 128 * blockSize * (cost + parallelization + 2) + 1024;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { cost, blockSize, parallelization, maxmem }, settle(resolve, reject));
  });
}

function settle(
  resolve: (key: Uint8Array) => void,
  reject: (error: Error) => void,
): (error: Error | null, key: Uint8Array) => void {
  return (error, key) => {
    if (error === null) resolve(key);
    else reject(error);
  };
}

function tooExpensive(what: string, format: KeyFileFormat): Error {
  return invalidKeyFile(
    `The key file asks for too much work to open it: ${what}.`,
    "key derivation too expensive",
    format,
  );
}

/** Keys from passwords: Argon2id (RFC 9106), scrypt (RFC 7914), PBKDF2 (RFC 8018). Always in the thread pool. */

// Not by name: Node.js 22 has no argon2, and importing it by name would fail there.
import crypto from "node:crypto";
import { runInPool } from "../engines/in-flight.ts";
import { hasArgon2 } from "../engines/node-features.ts";
import { invalidRequest, notInThisRuntime } from "../errors.ts";

/** Parameters of Argon2id, version 1.3. */
export interface Argon2idParameters {
  /** Memory in KiB, 8 times the lanes to 4 GiB. */
  readonly memoryKiB: number;
  /** Passes, 1 and more. */
  readonly passes: number;
  /** Lanes, 1 to 255. */
  readonly parallelism: number;
  /** 8 bytes and more. */
  readonly salt: Uint8Array;
  /** Length of the output in bytes, 4 to 1024. */
  readonly length: number;
}

/** Parameters of scrypt. */
export interface ScryptParameters {
  /** N: a power of two above 1. */
  readonly cost: number;
  /** r. */
  readonly blockSize: number;
  /** p. */
  readonly parallelization: number;
  readonly salt: Uint8Array;
  /** Length of the output in bytes, 1 to 1024. */
  readonly length: number;
}

/** Parameters of PBKDF2. */
export interface Pbkdf2Parameters {
  readonly hash: "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
  readonly iterations: number;
  readonly salt: Uint8Array;
  /** Length of the output in bytes, 1 to 1024. */
  readonly length: number;
}

/** The most memory that a key file or a store may make this process take, in bytes. */
const MAXIMUM_MEMORY = 4 * 1024 ** 3;

/** Whether this runtime has Argon2 (Node.js 24 and later). */
export function isArgon2Available(): boolean {
  return hasArgon2();
}

/** Argon2id. Errors: `UnsupportedCapability` where the runtime lacks it, `InvalidRequest`. */
export async function argon2id(password: Uint8Array, parameters: Argon2idParameters): Promise<Uint8Array> {
  if (!hasArgon2()) throw notInThisRuntime("Argon2", "argon2id");
  const { memoryKiB, passes, parallelism, salt, length } = parameters;
  requireInteger(parallelism, 1, 255, "parallelism");
  requireInteger(memoryKiB, 8 * parallelism, MAXIMUM_MEMORY / 1024, "memoryKiB");
  requireInteger(passes, 1, 2 ** 20, "passes");
  requireInteger(salt.length, 8, 1024, "salt");
  requireInteger(length, 4, 1024, "length");
  return runInPool((done) => {
    const options = { message: password, nonce: salt, parallelism, tagLength: length, memory: memoryKiB, passes };
    crypto.argon2("argon2id", options, done);
  });
}

/** scrypt. Errors: `InvalidRequest`, also when it would take more than 4 GiB. */
export async function scrypt(password: Uint8Array, parameters: ScryptParameters): Promise<Uint8Array> {
  const { cost, blockSize, parallelization, salt, length } = parameters;
  requireInteger(cost, 2, 2 ** 30, "cost");
  if (!Number.isInteger(Math.log2(cost))) throw invalidRequest("The cost of scrypt is a power of two.", "cost");
  requireInteger(blockSize, 1, 2 ** 20, "blockSize");
  requireInteger(parallelization, 1, 2 ** 20, "parallelization");
  requireInteger(length, 1, 1024, "length");
  const memory = 128 * blockSize * (cost + parallelization + 2);
  if (memory > MAXIMUM_MEMORY) throw invalidRequest("These scrypt parameters take more than 4 GiB.", "cost");
  return runInPool((done) => {
    crypto.scrypt(password, salt, length, { cost, blockSize, parallelization, maxmem: memory + 1024 ** 2 }, done);
  });
}

const PBKDF2_HASHES = { "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" } as const;

/** PBKDF2. Errors: `InvalidRequest`. */
export async function pbkdf2(password: Uint8Array, parameters: Pbkdf2Parameters): Promise<Uint8Array> {
  const { hash, iterations, salt, length } = parameters;
  requireInteger(iterations, 1, 2 ** 31 - 1, "iterations");
  requireInteger(length, 1, 1024, "length");
  return runInPool((done) => crypto.pbkdf2(password, salt, iterations, length, PBKDF2_HASHES[hash], done));
}

function requireInteger(value: number, minimum: number, maximum: number, path: string): void {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw invalidRequest(`${path} is a whole number from ${minimum} to ${maximum}, not ${value}.`, path);
  }
}

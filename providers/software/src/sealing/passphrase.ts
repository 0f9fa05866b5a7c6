/**
 * Argon2id (RFC 9106): by the runtime where it has it (in the thread pool), else by @noble/hashes in this thread in
 * slices of 10 ms. Both give the same key, so a store opens under every supported Node.js.
 */

import * as crypto from "node:crypto";
import * as z from "zod/mini";
import type { Argon2idParameters } from "./key-encryption-key.ts";

/** RFC 9106, section 4, second recommended option: 64 MiB, 3 passes, 4 lanes. */
export const DEFAULT_ARGON2ID: Argon2idParameters = { memory: 65_536, passes: 3, parallelism: 4 };

/** Bounds what a store's header may ask for: 1 GiB and 64 passes, so that a planted file can't exhaust the machine. */
export const argon2idSchema: z.ZodMiniType<Argon2idParameters> = z
  .looseObject({
    memory: z.int().check(z.minimum(8), z.maximum(1_048_576)),
    passes: z.int().check(z.minimum(1), z.maximum(64)),
    parallelism: z.int().check(z.minimum(1), z.maximum(64)),
  })
  .check(z.refine(({ memory, parallelism }) => memory >= 8 * parallelism, "8 KiB per lane at least"));

/** 32 bytes of a passphrase. The caller wipes the passphrase and the result. */
export async function deriveFromPassphrase(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { memory, passes, parallelism }: Argon2idParameters,
): Promise<Uint8Array> {
  if (typeof crypto.argon2 === "function") {
    return new Promise((resolve, reject) => {
      crypto.argon2(
        "argon2id",
        { message: passphrase, nonce: salt, memory, passes, parallelism, tagLength: 32 },
        (error, key) => (error === null ? resolve(new Uint8Array(key)) : reject(error)),
      );
    });
  }
  const { argon2idAsync } = await import("@noble/hashes/argon2.js");
  return argon2idAsync(passphrase, salt, {
    m: memory,
    t: passes,
    p: parallelism,
    dkLen: 32,
    maxmem: 2 ** 31,
    asyncTick: 10,
  });
}

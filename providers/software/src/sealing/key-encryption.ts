/** The key-encryption key of a store: what its user gives, and what the store's header keeps of it. */

import { createCipheriv, createDecipheriv, hkdf, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { isKeyrailError, type KeyWrap, wipe } from "@keyrail/core";
import * as z from "zod/mini";
import { storeDamaged, wrongPassphrase } from "../store/store-errors.ts";
import type { Argon2idParameters, KeyEncryptionKey } from "./key-encryption-key.ts";
import { argon2idSchema, DEFAULT_ARGON2ID, deriveFromPassphrase } from "./passphrase.ts";
import { DATA_KEY_BYTES } from "./record-sealer.ts";

/** What the header keeps of the key-encryption key: how the data key was wrapped. */
export type KeyEncryptionFacts =
  | {
      readonly kind: "passphrase";
      readonly kdf: "argon2id";
      readonly argon2id: Argon2idParameters;
      readonly salt: string;
    }
  | { readonly kind: "bytes"; readonly salt: string }
  | { readonly kind: "key-wrap"; readonly key: string; readonly algorithm: string };

const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/), z.maxLength(88));

/** Reads {@link KeyEncryptionFacts}; members that a later version adds are left out. */
export const keyEncryptionSchema: z.ZodMiniType<KeyEncryptionFacts> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("passphrase"), kdf: z.literal("argon2id"), argon2id: argon2idSchema, salt: base64 }),
  z.object({ kind: z.literal("bytes"), salt: base64 }),
  z.object({ kind: z.literal("key-wrap"), key: z.string(), algorithm: z.string() }),
]);

/** A data key under a key-encryption key. */
export interface WrappedDataKey {
  readonly facts: KeyEncryptionFacts;
  /** Passphrase, bytes: nonce (12), ciphertext (32), tag (16). Key wrap: what the port gave. */
  readonly wrapped: Uint8Array;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const WRAPPING_KEY_INFO = "keyrail software store wrapping key v1";
const hkdfAsync = promisify(hkdf);

/** Wraps a data key (32 bytes; the caller wipes it) under a fresh salt. `binding` is authenticated along. */
export async function wrapDataKey(
  dataKey: Uint8Array,
  given: KeyEncryptionKey,
  binding: Uint8Array,
): Promise<WrappedDataKey> {
  if ("keyWrap" in given) {
    const { keyWrap, key, algorithm } = given;
    return {
      facts: { kind: "key-wrap", key, algorithm },
      wrapped: await keyWrap.wrap({ key, algorithm, plaintext: dataKey }),
    };
  }
  const salt = randomBytes(SALT_BYTES);
  const text = salt.toString("base64");
  const facts: KeyEncryptionFacts =
    "bytes" in given
      ? { kind: "bytes", salt: text }
      : { kind: "passphrase", kdf: "argon2id", argon2id: given.argon2id ?? DEFAULT_ARGON2ID, salt: text };
  const wrappingKey = await wrappingKeyOf(given, facts, salt);
  try {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", wrappingKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(binding);
    const ciphertext = cipher.update(dataKey);
    cipher.final();
    return { facts, wrapped: new Uint8Array(Buffer.concat([nonce, ciphertext, cipher.getAuthTag()])) };
  } finally {
    wipe(wrappingKey);
  }
}

/**
 * Unwraps the data key; the caller wipes it. The work is that of one key derivation and one tag check, whether the
 * secret is right or wrong.
 * @throws KeyrailError `WrongPassphrase`; what the other provider's port throws when it can't be asked.
 */
export async function unwrapDataKey(
  { facts, wrapped }: WrappedDataKey,
  given: KeyEncryptionKey,
  binding: Uint8Array,
  store: string,
): Promise<Uint8Array> {
  const dataKey = await (facts.kind === "key-wrap"
    ? unwrapByPort(wrapped, facts, given, store)
    : unwrapHere(wrapped, facts, given, binding, store));
  if (dataKey.length === DATA_KEY_BYTES) return dataKey;
  wipe(dataKey);
  throw storeDamaged(store, "its data key has the wrong length");
}

async function unwrapByPort(
  wrapped: Uint8Array,
  facts: KeyEncryptionFacts & { readonly kind: "key-wrap" },
  given: KeyEncryptionKey,
  store: string,
): Promise<Uint8Array> {
  if (!("keyWrap" in given)) {
    throw wrongPassphrase(
      store,
      `The key store ${store} is opened by the wrapping key ${facts.key} of another provider; give its KeyWrap port.`,
    );
  }
  if (given.algorithm !== facts.algorithm) {
    throw wrongPassphrase(
      store,
      `The data key of ${store} was wrapped with ${facts.algorithm}, not with ${given.algorithm}.`,
    );
  }
  try {
    return await given.keyWrap.unwrap({ key: given.key, algorithm: given.algorithm, wrapped });
  } catch (error) {
    if (!isKeyrailError(error, "DecryptionFailed")) throw error;
    throw wrongPassphrase(store, `The wrapping key does not open ${store}; its data key was wrapped by ${facts.key}.`);
  }
}

async function unwrapHere(
  wrapped: Uint8Array,
  facts: KeyEncryptionFacts & { readonly kind: "passphrase" | "bytes" },
  given: KeyEncryptionKey,
  binding: Uint8Array,
  store: string,
): Promise<Uint8Array> {
  const expected = facts.kind === "passphrase" ? "a passphrase" : "32 raw key bytes";
  if ("keyWrap" in given || "bytes" in given !== (facts.kind === "bytes")) {
    throw wrongPassphrase(store, `The key store ${store} is opened by ${expected}, not by what was given.`);
  }
  const wrappingKey = await wrappingKeyOf(given, facts, Buffer.from(facts.salt, "base64"));
  try {
    const decipher = createDecipheriv("aes-256-gcm", wrappingKey, wrapped.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(binding);
    decipher.setAuthTag(wrapped.subarray(wrapped.length - TAG_BYTES));
    const dataKey = decipher.update(wrapped.subarray(NONCE_BYTES, wrapped.length - TAG_BYTES));
    try {
      decipher.final();
    } catch {
      // A tag that does not match: the key is wrong, since the header's own checksum was right.
      wipe(dataKey);
      throw wrongPassphrase(
        store,
        facts.kind === "passphrase" ? `The passphrase does not open ${store}.` : `The key bytes do not open ${store}.`,
      );
    }
    return dataKey;
  } finally {
    wipe(wrappingKey);
  }
}

async function wrappingKeyOf(
  given: Exclude<KeyEncryptionKey, { readonly keyWrap: KeyWrap }>,
  facts: KeyEncryptionFacts,
  salt: Uint8Array,
): Promise<Uint8Array> {
  if ("bytes" in given) {
    const secret = Uint8Array.from(given.bytes);
    try {
      return new Uint8Array(await hkdfAsync("sha256", secret, salt, WRAPPING_KEY_INFO, 32));
    } finally {
      wipe(secret);
    }
  }
  if (facts.kind !== "passphrase") throw new TypeError("A passphrase opens a passphrase store only.");
  // Copies: the runtime's own functions read them in another thread, and the store may need the key twice.
  const passphrase = Uint8Array.from(
    typeof given.passphrase === "function" ? await given.passphrase() : given.passphrase,
  );
  try {
    return await deriveFromPassphrase(passphrase, salt, facts.argon2id);
  } finally {
    wipe(passphrase);
  }
}

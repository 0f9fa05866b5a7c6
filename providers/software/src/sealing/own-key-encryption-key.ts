/** The key-encryption key as the caller gave it, checked and made the provider's own. */

import { isBytes, KeyrailError, wipe } from "@keyrail/core";
import type { KeyEncryptionKey } from "./key-encryption-key.ts";
import { argon2idSchema } from "./passphrase.ts";

const KEY_BYTES = 32;

/** What opens a store, independent of what the caller does with its bytes meanwhile. */
export interface OwnKeyEncryptionKey extends Disposable {
  /** A passphrase that is a function is asked once, when it is first needed. */
  readonly key: KeyEncryptionKey;
}

/**
 * Checks and copies at once, in the turn of the call: the caller may wipe its bytes as soon as it has them back.
 * Disposing wipes the copies.
 * @throws KeyrailError `InvalidConfiguration`. Types promise a whole key; JavaScript callers may not keep the promise.
 */
export function ownKeyEncryptionKey(given: KeyEncryptionKey): OwnKeyEncryptionKey {
  const untyped: unknown = given;
  if (typeof untyped !== "object" || untyped === null) throw missing();
  if ("keyWrap" in given) return { key: checkedKeyWrap(given), [Symbol.dispose]: () => undefined };
  if ("bytes" in given) {
    const bytes = copied(given.bytes, "bytes");
    if (bytes.length !== KEY_BYTES)
      throw invalid(`A key-encryption key has ${KEY_BYTES} bytes, not ${bytes.length}.`, "bytes");
    return { key: { bytes }, [Symbol.dispose]: () => wipe(bytes) };
  }
  if (!("passphrase" in given)) throw missing();
  checkCost(given.argon2id);
  return ownPassphrase(given);
}

function ownPassphrase(given: Extract<KeyEncryptionKey, { readonly passphrase: unknown }>): OwnKeyEncryptionKey {
  const { passphrase } = given;
  const cost = given.argon2id === undefined ? {} : { argon2id: given.argon2id };
  if (typeof passphrase !== "function") {
    const own = copied(passphrase, "passphrase");
    if (own.length === 0) throw invalid("A passphrase has at least one byte.", "passphrase");
    return { key: { passphrase: own, ...cost }, [Symbol.dispose]: () => wipe(own) };
  }
  let asked: Promise<Uint8Array> | undefined;
  let answer: Uint8Array | undefined;
  const ask = async (): Promise<Uint8Array> => {
    const result = await passphrase();
    requireBytes(result, "passphrase");
    if (result.length === 0) throw invalid("A passphrase has at least one byte.", "passphrase");
    answer = result;
    return result;
  };
  return { key: { passphrase: () => (asked ??= ask()), ...cost }, [Symbol.dispose]: () => wipe(answer) };
}

function checkedKeyWrap(
  given: Extract<KeyEncryptionKey, { readonly keyWrap: unknown }>,
): Extract<KeyEncryptionKey, { readonly keyWrap: unknown }> {
  const { keyWrap, key, algorithm } = given;
  const port: unknown = keyWrap;
  if (typeof port !== "object" || port === null || !("wrap" in port) || !("unwrap" in port))
    throw invalid("It is the KeyWrap port of a provider that has one.", "keyWrap");
  if (typeof key !== "string" || key === "") throw invalid("Give the key URI or id of the wrapping key.", "key");
  if (typeof algorithm !== "string") throw invalid("Give the algorithm to wrap with, such as A256KW.", "algorithm");
  return { keyWrap, key, algorithm };
}

function checkCost(cost: unknown): void {
  if (cost === undefined || argon2idSchema.safeParse(cost).success) return;
  throw invalid(
    "The cost of Argon2id is memory (8 to 1048576 KiB, 8 a lane at least), passes (1 to 64) and parallelism (1 to 64), in whole numbers.",
    "argon2id",
  );
}

function copied(bytes: Uint8Array, member: string): Uint8Array {
  requireBytes(bytes, member);
  return Uint8Array.from(bytes);
}

/**
 * JavaScript reads a text as a list of digits and zeros where bytes are copied: every text of one length would open what
 * another has closed. So a program without types is told.
 */
function requireBytes(value: unknown, member: string): void {
  if (isBytes(value)) return;
  throw invalid(
    "A passphrase and a key-encryption key are bytes (a Uint8Array); new TextEncoder().encode(…) makes them of a text.",
    member,
  );
}

function missing(): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError(
    "InvalidConfiguration",
    "A SQLite store needs a keyEncryptionKey: a passphrase, 32 bytes, or the KeyWrap port of another provider.",
    { path: "store.keyEncryptionKey" },
  );
}

function invalid(sentence: string, member: string): KeyrailError<"InvalidConfiguration"> {
  const path = `keyEncryptionKey.${member}`;
  return new KeyrailError("InvalidConfiguration", `"${path}" is not valid. ${sentence}`, { path });
}

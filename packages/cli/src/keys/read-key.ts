/** Key files for the command: read, opened with a password, their errors naming the file. */

import { basename } from "node:path";
import { isKeyrailError, KEY_TYPES, KeyrailError, type KeyType, type PublicKey, wipe } from "@keyrail/core";
import type { KeyFileFormat, ParsedKey, ReadKeyFileOptions } from "@keyrail/crypto";
import { readInputFile } from "../files/read-file.ts";
import { readSecretFile } from "../files/read-secret.ts";
import { askSecret } from "../runtime/prompt.ts";
import type { Session } from "../runtime/session.ts";

const MAXIMUM_KEY_FILE_BYTES = 1_048_576;

/** Which key file, and what is known of it. */
export interface KeyFile {
  readonly file: string;
  /** The argument or option it was given as. */
  readonly path: string;
  readonly passwordFile?: string | undefined;
  readonly format?: KeyFileFormat | undefined;
  readonly keyType?: KeyType | undefined;
}

/**
 * Reads a key file. An encrypted one is opened with the password of `--password-file`, or of a prompt.
 * @throws KeyrailError as `readKeyFile`, with the file's name in front; `InvalidRequest` when a file can't be read.
 */
export async function readKey(input: KeyFile, session: Session): Promise<ParsedKey> {
  const { file, path, passwordFile, format, keyType } = input;
  const content = await readInputFile({ file, path, maximumBytes: MAXIMUM_KEY_FILE_BYTES }, session);
  const password =
    passwordFile === undefined
      ? undefined
      : await readSecretFile({ file: passwordFile, path: "--password-file" }, session);
  const options: ReadKeyFileOptions = {
    ...(format === undefined ? {} : { format }),
    ...(keyType === undefined ? {} : { keyType }),
  };
  try {
    return await open(content, { ...options, ...(password === undefined ? {} : { password }) }, session, file);
  } catch (error) {
    throw aboutFile(error, file);
  } finally {
    wipe(content, password);
  }
}

const NAMED_KEY_TYPES = new Map(KEY_TYPES.map((keyType) => [keyType.toLowerCase().replaceAll("-", ""), keyType]));

/** The key type the first part of a file's name says: `secp256k1.private.hex`, `p256.hex`. */
function keyTypeOfName(file: string): KeyType | undefined {
  const [stem = ""] = basename(file).split(".");
  return NAMED_KEY_TYPES.get(stem.toLowerCase().replaceAll(/[-_]/g, ""));
}

/** `readKeyFile`; a file that does not say its key type is taken by its name, and the user is told so. */
async function readKeyOfType(
  content: Uint8Array,
  options: ReadKeyFileOptions,
  session: Session,
  file: string,
): Promise<ParsedKey> {
  const { readKeyFile } = await import("@keyrail/crypto");
  try {
    return await readKeyFile(content, options);
  } catch (error) {
    const keyType = keyTypeOfName(file);
    const typeMissing = isKeyrailError(error, "InvalidRequest") && error.context.path === "keyType";
    if (!typeMissing || keyType === undefined) throw error;
    const key = await readKeyFile(content, { ...options, keyType });
    session.warn(
      `${file} does not say its key type; it is taken as ${keyType}, by its name. --key-type says it for certain.`,
    );
    return key;
  }
}

async function open(
  content: Uint8Array,
  options: ReadKeyFileOptions,
  session: Session,
  file: string,
): Promise<ParsedKey> {
  try {
    return await readKeyOfType(content, options, session, file);
  } catch (error) {
    const locked = isKeyrailError(error, "WrongPassword") && options.password === undefined;
    if (!locked || !session.interactive) throw error;
    const password = await askSecret({ message: `Password of ${basename(file)}`, signal: session.signal });
    try {
      return await readKeyOfType(content, { ...options, password }, session, file);
    } finally {
      wipe(password);
    }
  }
}

function aboutFile(error: unknown, file: string): unknown {
  if (!isKeyrailError(error)) return error;
  const { code, context, retry, cause } = error;
  return new KeyrailError(code, `${file}: ${error.message}`, context, { retry, cause });
}

/**
 * A public key out of a file: one that holds only a public key, or the public half that a private key's file states.
 * Secret bytes are wiped at once.
 */
export async function readPublicKey(input: KeyFile, session: Session): Promise<PublicKey> {
  const key = await readKey(input, session);
  if (key.kind === "public") return key.publicKey;
  wipeKey(key);
  throw new KeyrailError(
    "InvalidKeyMaterial",
    `${input.file}: The file holds a ${key.kind} key; a public key is needed.`,
    {
      reason: "not a public key",
    },
  );
}

/** Wipes what is secret in a key that was read. */
export function wipeKey(key: ParsedKey): void {
  if (key.kind === "private") wipe(key.material.bytes, key.material.chainCode);
  if (key.kind === "secret") wipe(key.bytes);
}

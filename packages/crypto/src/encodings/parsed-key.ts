/** What a key file holds, and the errors of reading one. */

import { KeyrailError, type PrivateKeyMaterial, type PublicKey, type SymmetricKeyType } from "@keyrail/core";

/** The formats {@link readKeyFile} recognises. `web3` is Web3 Secret Storage version 3, `solana` the Solana CLI's `id.json`. */
export const KEY_FILE_FORMATS = ["pem", "pkcs8", "sec1", "spki", "jwk", "web3", "solana", "hex", "raw"] as const;

/** A format of a key file. `pkcs8` covers the plain and the encrypted form, `pem` any of its blocks. */
export type KeyFileFormat = (typeof KEY_FILE_FORMATS)[number];

/** A private key out of a file. Whoever holds it wipes `material.bytes`. */
export interface ParsedPrivateKey {
  readonly kind: "private";
  readonly material: PrivateKeyMaterial;
  /** The public half, when the file carries one; it has been checked to belong to the private key. */
  readonly publicKey?: PublicKey;
}

/** A public key out of a file. */
export interface ParsedPublicKey {
  readonly kind: "public";
  readonly publicKey: PublicKey;
}

/** A symmetric key out of a file. Whoever holds it wipes `bytes`. */
export interface ParsedSecretKey {
  readonly kind: "secret";
  readonly keyType: SymmetricKeyType;
  readonly bytes: Uint8Array;
}

/** What a key file holds. */
export type ParsedKey = ParsedPrivateKey | ParsedPublicKey | ParsedSecretKey;

/** A private key as one decoder read it, before its parts were compared. */
export interface DecodedPrivateKey {
  readonly material: PrivateKeyMaterial;
  /** The public half as the file states it. */
  readonly publicKey?: PublicKey;
  /** The expanded form a post-quantum file states beside the seed. */
  readonly expanded?: Uint8Array;
}

/** `InvalidKeyMaterial` about a key file. Never takes a cause: errors of parsers may quote what they read. */
export function invalidKeyFile(
  message: string,
  reason: string,
  format: KeyFileFormat,
): KeyrailError<"InvalidKeyMaterial"> {
  return new KeyrailError("InvalidKeyMaterial", message, { reason, format });
}

/** `WrongPassword` for an encrypted file that came without a password. */
export function passwordNeeded(format: KeyFileFormat): KeyrailError<"WrongPassword"> {
  return new KeyrailError("WrongPassword", "The key file is encrypted: a password is needed to open it.", { format });
}

/** `WrongPassword` for an encrypted file that does not open. The two causes can't be told apart, and the text says so. */
export function wrongPassword(format: KeyFileFormat): KeyrailError<"WrongPassword"> {
  return new KeyrailError(
    "WrongPassword",
    "The key file does not open with this password: the password is wrong or the file is damaged.",
    { format },
  );
}

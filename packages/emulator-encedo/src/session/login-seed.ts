/** The login key a passphrase gives (fact sheet, section 2, steps 2 and 3). */

import { x25519 } from "@noble/curves/ed25519.js";
import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

import { utf8 } from "../bytes.ts";
import { LOGIN_ITERATIONS } from "../limits.ts";

const derive = promisify(pbkdf2);

/**
 * PBKDF2-HMAC-SHA256 of the passphrase's UTF-8 bytes, salted with the characters of the eid text.
 *
 * @returns the 32-byte X25519 private key.
 */
export async function deriveLoginSeed(passphrase: string, eidText: string): Promise<Uint8Array> {
  return new Uint8Array(await derive(utf8(passphrase), utf8(eidText), LOGIN_ITERATIONS, 32, "sha256"));
}

/** The 32-byte X25519 public key the device stores for a passphrase. */
export async function deriveLoginPublicKey(passphrase: string, eidText: string): Promise<Uint8Array> {
  const seed = await deriveLoginSeed(passphrase, eidText);
  const publicKey = x25519.getPublicKey(seed);
  seed.fill(0);
  return publicKey;
}

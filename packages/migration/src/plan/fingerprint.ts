import { hash } from "node:crypto";
import type { PublicKey } from "@keyrail/core";

/** Bytes by which a public key is known in an index: SHA-256 over its type and its raw form. */
export function fingerprintOf(publicKey: PublicKey): Uint8Array {
  const type = Buffer.from(`${publicKey.keyType}\0`, "latin1");
  return hash("sha256", Buffer.concat([type, publicKey.toRaw()]), "buffer");
}

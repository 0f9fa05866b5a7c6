/** Key files of other tools for the tests: made by Node.js on the spot, and those of ../shared/keys where present. */

import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../../..");
const vectors = process.env["KEYRAIL_VECTORS"] ?? path.resolve(root, "../shared/vectors");

/** The folder of other people's key files. */
export const SHARED_KEYS: string = path.join(path.dirname(vectors), "keys");

/** Why the tests over them are skipped, if they are. */
export const NO_SHARED_KEYS: string | undefined = existsSync(SHARED_KEYS)
  ? undefined
  : `no key files at ${SHARED_KEYS}`;

/** One key file with what must come of it. */
export interface SampleFile {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** PEM of the expected public key; absent for symmetric keys. */
  readonly spki?: string;
}

/** The private and secret key files of the folder. */
export function sharedKeyFiles(passwordFile: string): SampleFile[] {
  if (NO_SHARED_KEYS !== undefined) return [];
  return readdirSync(SHARED_KEYS)
    .filter((name) => /\.(pem|json|hex)$/.test(name) && !name.includes(".spki."))
    .map((name) => {
      const expected = path.join(SHARED_KEYS, `${name.split(".")[0]}.spki.pem`);
      const encrypted = name.includes("encrypted") || name.includes("ethereum");
      return {
        name,
        file: path.join(SHARED_KEYS, name),
        args: [
          ...(encrypted ? ["--password-file", passwordFile] : []),
          ...(name.endsWith(".hex") ? ["--key-type", "secp256k1"] : []),
        ],
        ...(existsSync(expected) ? { spki: readFileSync(expected, "utf8") } : {}),
      };
    });
}

/** A private key as PEM and its public key, both by Node.js. */
export function p256Files(): {
  readonly pkcs8: string;
  readonly spki: string;
  readonly encrypted: (password: string) => string;
} {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    pkcs8: pem(privateKey),
    spki: publicKey.export({ type: "spki", format: "pem" }).toString(),
    encrypted: (passphrase) =>
      privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString(),
  };
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Whether two PEM texts are of one key. */
export function samePublicKey(left: string, right: string): boolean {
  return createPublicKey(left).equals(createPublicKey(right));
}

/** Whether the parts of a key file belong together: private key, public key, expanded key. */

import { wipe } from "@keyrail/core";
import { derivePublicKey } from "./derive-public-key.ts";
import { invalidKeyFile, type DecodedPrivateKey, type KeyFileFormat, type ParsedPrivateKey } from "./parsed-key.ts";

/**
 * Checks that everything the file states belongs to the private key, and that an expanded post-quantum key is whole.
 * On failure the material is wiped.
 *
 * @throws `InvalidKeyMaterial` when something does not belong.
 */
export async function verifyPrivateKey(decoded: DecodedPrivateKey, format: KeyFileFormat): Promise<ParsedPrivateKey> {
  const { material, publicKey, expanded } = decoded;
  try {
    const expandedOnly = material.format === "expanded";
    if (publicKey !== undefined || expanded !== undefined || expandedOnly) {
      const derived = await derivePublicKey(material, format, expanded);
      if (publicKey !== undefined && !derived.equals(publicKey)) {
        throw invalidKeyFile(
          `The public key in the file does not belong to its ${material.keyType} private key.`,
          "public key does not belong",
          format,
        );
      }
    }
    return publicKey === undefined ? { kind: "private", material } : { kind: "private", material, publicKey };
  } catch (error) {
    wipe(material.bytes, material.chainCode);
    throw error;
  } finally {
    wipe(expanded);
  }
}

/** The public key of a private key that came out of a file. */

import { createECDH, createPrivateKey, createPublicKey } from "node:crypto";
import { PublicKey, isNamedCurveKeyType, wipe, type NamedCurveKeyType, type PrivateKeyMaterial } from "@keyrail/core";
import type { KeyFileFormat } from "./parsed-key.ts";
import { writePkcs8 } from "./pkcs8.ts";
import { checkExpandedKey, derivePostQuantumPublicKey, isPostQuantumKeyType } from "./post-quantum-keys.ts";

/** Names of the curves in OpenSSL. */
const OPENSSL_CURVES: Readonly<Record<NamedCurveKeyType, string>> = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
  secp256k1: "secp256k1",
};

/**
 * The public key of private key material.
 *
 * @param expanded when given, a post-quantum expanded key that must be the one of the seed.
 * @throws `InvalidKeyMaterial` when the private key is not valid.
 */
export async function derivePublicKey(
  material: PrivateKeyMaterial,
  format: KeyFileFormat,
  expanded?: Uint8Array,
): Promise<PublicKey> {
  const { keyType, bytes } = material;
  if (isNamedCurveKeyType(keyType)) {
    const ecdh = createECDH(OPENSSL_CURVES[keyType]);
    ecdh.setPrivateKey(bytes);
    return PublicKey.fromTrustedRaw(keyType, ecdh.getPublicKey());
  }
  if (keyType === "stark") return deriveStarkPublicKey(bytes);
  if (isPostQuantumKeyType(keyType)) {
    return material.format === "expanded"
      ? checkExpandedKey(keyType, material, format)
      : derivePostQuantumPublicKey(keyType, bytes, format, expanded);
  }
  const der = writePkcs8(material);
  try {
    const privateKey = createPrivateKey({ key: Buffer.from(der.buffer), format: "der", type: "pkcs8" });
    return PublicKey.fromSpki(createPublicKey(privateKey).export({ format: "der", type: "spki" }));
  } finally {
    wipe(der);
  }
}

async function deriveStarkPublicKey(scalar: Uint8Array): Promise<PublicKey> {
  const { StarkPoint } = await import("../stark/curve.ts");
  const point = StarkPoint.BASE.multiply(StarkPoint.Fn.fromBytes(scalar));
  return PublicKey.fromTrustedRaw("stark", point.toBytes(false));
}

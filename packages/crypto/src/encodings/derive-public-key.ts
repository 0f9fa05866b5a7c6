/** The public key of a private key that came out of a file. */

import { createECDH, createPrivateKey, createPublicKey } from "node:crypto";
import {
  PublicKey,
  WEIERSTRASS_CURVES,
  isNamedCurveKeyType,
  wipe,
  type NamedCurveKeyType,
  type PrivateKeyMaterial,
} from "@keyrail/core";
import { invalidKeyFile, type KeyFileFormat } from "./parsed-key.ts";
import { writePkcs8 } from "./pkcs8.ts";
import { checkExpandedKey, derivePostQuantumPublicKey, isPostQuantumKeyType } from "./post-quantum-keys.ts";

/** Names of the curves in OpenSSL. */
const OPENSSL_CURVES: Readonly<Record<NamedCurveKeyType, string>> = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
  secp256k1: "secp256k1",
};

/** The base point of the stark curve (Starknet specification). */
const STARK_BASE_POINT = {
  Gx: 0x1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfcan,
  Gy: 0x5668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1fn,
} as const;

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
  if (material.format === "expanded") return deriveEd25519PublicKey(bytes, format);
  const der = writePkcs8(material);
  try {
    const privateKey = createPrivateKey({ key: Buffer.from(der.buffer), format: "der", type: "pkcs8" });
    return PublicKey.fromSpki(createPublicKey(privateKey).export({ format: "der", type: "spki" }));
  } finally {
    wipe(der);
  }
}

async function deriveStarkPublicKey(scalar: Uint8Array): Promise<PublicKey> {
  const { weierstrass } = await import("@noble/curves/abstract/weierstrass.js");
  const { p, n, a, b } = WEIERSTRASS_CURVES.stark;
  const Point = weierstrass({ p, n, a, b, h: 1n, ...STARK_BASE_POINT });
  const point = Point.BASE.multiply(Point.Fn.fromBytes(scalar));
  return PublicKey.fromTrustedRaw("stark", point.toBytes(false));
}

async function deriveEd25519PublicKey(expanded: Uint8Array, format: KeyFileFormat): Promise<PublicKey> {
  const { ed25519 } = await import("@noble/curves/ed25519.js");
  const scalar = ed25519.Point.Fn.create(BigInt(`0x${Buffer.from(expanded.slice(0, 32).reverse()).toString("hex")}`));
  if (scalar === 0n) throw invalidKeyFile("The Ed25519 scalar is zero.", "scalar out of range", format);
  return PublicKey.fromTrustedRaw("Ed25519", ed25519.Point.BASE.multiply(scalar).toBytes());
}

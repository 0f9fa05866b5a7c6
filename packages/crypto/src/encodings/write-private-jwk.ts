/** Writing private keys as JWK: EC (RFC 7518, 6.2.2), OKP (RFC 8037), AKP (RFC 9964; ML-KEM in the same shape). */

import { encodeBase64Url, type PrivateKeyMaterial, type PublicJwk, type PublicKey } from "@keyrail/core";
import { invalidKeyFile } from "./parsed-key.ts";

/** A private JWK: the public members with `d` (EC, OKP) or `priv` (AKP). */
export type PrivateJwk =
  | (Extract<PublicJwk, { kty: "EC" | "OKP" }> & { readonly d: string })
  | (Extract<PublicJwk, { kty: "AKP" }> & { readonly priv: string });

/**
 * A private key as JWK with its public half.
 *
 * @throws `InvalidKeyMaterial` for expanded keys, which JWK has no place for, and when the types differ.
 */
export function writePrivateJwk(material: PrivateKeyMaterial, publicKey: PublicKey): PrivateJwk {
  if (material.keyType !== publicKey.keyType) {
    throw invalidKeyFile(
      `A ${publicKey.keyType} public key does not belong to a ${material.keyType} private key.`,
      "wrong type",
      "jwk",
    );
  }
  if (material.format === "expanded") {
    throw invalidKeyFile("An expanded private key has no JWK form; only a seed has.", "no JWK form", "jwk");
  }
  const secret = encodeBase64Url(material.bytes);
  const jwk = publicKey.toJwk();
  return jwk.kty === "AKP" ? { ...jwk, priv: secret } : { ...jwk, d: secret };
}

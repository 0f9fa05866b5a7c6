/** Which signature algorithms each key type has. */

import { type KeyType, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "@keyrail/core";
import { invalidRequest } from "../errors.ts";
import { ecdsaScheme } from "./ecdsa.ts";
import { eddsaScheme } from "./eddsa.ts";
import { mlDsaScheme } from "./ml-dsa.ts";
import { BIP340, BIP341 } from "./schnorr.ts";
import type { SignatureScheme } from "./signature-scheme.ts";

type Schemes = Readonly<Partial<Record<SignatureAlgorithm, SignatureScheme>>>;

const EDDSA_25519: Schemes = {
  Ed25519: eddsaScheme("Ed25519"),
  Ed25519ph: eddsaScheme("Ed25519ph"),
  Ed25519ctx: eddsaScheme("Ed25519ctx"),
};

function ecdsaSchemes(curve: "P-256" | "P-384" | "P-521" | "secp256k1"): Schemes {
  return {
    ECDSA: ecdsaScheme(curve, undefined),
    "ECDSA-SHA-256": ecdsaScheme(curve, "sha256"),
    "ECDSA-SHA-384": ecdsaScheme(curve, "sha384"),
    "ECDSA-SHA-512": ecdsaScheme(curve, "sha512"),
  };
}

const P256 = ecdsaSchemes("P-256");
const P384 = ecdsaSchemes("P-384");
const P521 = ecdsaSchemes("P-521");
const SECP256K1 = ecdsaSchemes("secp256k1");

function named(schemes: Schemes, name: SignatureAlgorithm, same: SignatureAlgorithm): Schemes {
  const scheme = schemes[same];
  return scheme === undefined ? schemes : { ...schemes, [name]: scheme };
}

const SCHEMES: Readonly<Partial<Record<KeyType, Schemes>>> = {
  "P-256": named(P256, "ES256", "ECDSA-SHA-256"),
  "P-384": named(P384, "ES384", "ECDSA-SHA-384"),
  "P-521": named(P521, "ES512", "ECDSA-SHA-512"),
  secp256k1: { ...named(SECP256K1, "ES256K", "ECDSA-SHA-256"), BIP340, BIP341 },
  stark: { ECDSA: ecdsaScheme("stark", undefined) },
  Ed25519: EDDSA_25519,
  Ed448: { Ed448: eddsaScheme("Ed448"), Ed448ph: eddsaScheme("Ed448ph") },
  "ML-DSA-44": { "ML-DSA-44": mlDsaScheme("ML-DSA-44") },
  "ML-DSA-65": { "ML-DSA-65": mlDsaScheme("ML-DSA-65") },
  "ML-DSA-87": { "ML-DSA-87": mlDsaScheme("ML-DSA-87") },
};

/** The scheme of an algorithm on a key type. Errors: `InvalidRequest` when the type has no such algorithm. */
export function signatureScheme(keyType: KeyType, algorithm: SignatureAlgorithm): SignatureScheme {
  const scheme = SCHEMES[keyType]?.[algorithm];
  if (scheme === undefined) {
    throw invalidRequest(`A ${keyType} key does not sign with ${algorithm}.`, "algorithm");
  }
  return scheme;
}

/** The signature algorithms of a key type; empty when it does not sign. */
export function signatureAlgorithms(keyType: KeyType): readonly SignatureAlgorithm[] {
  const schemes = SCHEMES[keyType];
  return schemes === undefined ? [] : SIGNATURE_ALGORITHMS.filter((algorithm) => schemes[algorithm] !== undefined);
}

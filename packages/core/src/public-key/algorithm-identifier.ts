/**
 * AlgorithmIdentifiers of public and private keys: RFC 5480 and SEC 2 (named curves only), RFC 8410, RFC 9881
 * (ML-DSA), RFC 9935 (ML-KEM). The stark curve has no object identifier.
 */

import type { DerReader } from "../der/reader.ts";
import { TAG } from "../der/tags.ts";
import { derObjectIdentifier, derSequence } from "../der/writer.ts";
import { KeyrailError } from "../errors.ts";
import type { AsymmetricKeyType } from "../vocabulary.ts";

/** id-ecPublicKey (RFC 5480, 2.1.1). */
export const EC_PUBLIC_KEY_OID = "1.2.840.10045.2.1";

/** A key type that has an object identifier. */
export type StandardKeyType = Exclude<AsymmetricKeyType, "stark">;

/** Object identifiers of the named curves (RFC 5480, 2.1.1.1; SEC 2, A.2). */
export const NAMED_CURVE_OIDS: Readonly<Record<"P-256" | "P-384" | "P-521" | "secp256k1", string>> = {
  "P-256": "1.2.840.10045.3.1.7",
  "P-384": "1.3.132.0.34",
  "P-521": "1.3.132.0.35",
  secp256k1: "1.3.132.0.10",
};

/** Object identifiers of the algorithms whose identifier alone names the key type. */
const ALGORITHM_OIDS: Readonly<Record<Exclude<StandardKeyType, keyof typeof NAMED_CURVE_OIDS>, string>> = {
  X25519: "1.3.101.110",
  X448: "1.3.101.111",
  Ed25519: "1.3.101.112",
  Ed448: "1.3.101.113",
  "ML-DSA-44": "2.16.840.1.101.3.4.3.17",
  "ML-DSA-65": "2.16.840.1.101.3.4.3.18",
  "ML-DSA-87": "2.16.840.1.101.3.4.3.19",
  "ML-KEM-512": "2.16.840.1.101.3.4.4.1",
  "ML-KEM-768": "2.16.840.1.101.3.4.4.2",
  "ML-KEM-1024": "2.16.840.1.101.3.4.4.3",
};

const KEY_TYPE_OF_CURVE: ReadonlyMap<string, NamedCurveKeyType> = invert(NAMED_CURVE_OIDS);
const KEY_TYPE_OF_ALGORITHM: ReadonlyMap<string, keyof typeof ALGORITHM_OIDS> = invert(ALGORITHM_OIDS);

/** Names of algorithms that key files may hold and Keyrail has no key type for. */
const FOREIGN_ALGORITHMS: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.1": "RSA",
  "1.2.840.113549.1.1.10": "RSASSA-PSS",
  "1.2.840.10040.4.1": "DSA",
  "1.2.840.113549.1.3.1": "Diffie-Hellman",
};

/** A key type with a named-curve identifier. */
export type NamedCurveKeyType = keyof typeof NAMED_CURVE_OIDS;

/** Whether the key type is one of the named curves of RFC 5480. */
export function isNamedCurveKeyType(keyType: string): keyType is NamedCurveKeyType {
  return Object.hasOwn(NAMED_CURVE_OIDS, keyType);
}

/**
 * Reads an AlgorithmIdentifier and says which key type it names.
 *
 * @throws `InvalidKeyMaterial` for explicit curve parameters, a curve or an algorithm Keyrail has no key type for, and
 *   for parameters where the standard forbids them.
 */
export function readKeyAlgorithm(reader: DerReader, format: string): StandardKeyType {
  const identifier = reader.readSequence();
  const algorithm = identifier.readObjectIdentifier();
  if (algorithm === EC_PUBLIC_KEY_OID) {
    const keyType = readNamedCurve(identifier, format);
    identifier.end();
    return keyType;
  }
  const keyType = KEY_TYPE_OF_ALGORITHM.get(algorithm);
  if (keyType === undefined) {
    throw refused(
      `${FOREIGN_ALGORITHMS[algorithm] ?? `Algorithm ${algorithm}`} keys are not supported.`,
      "unsupported algorithm",
      format,
    );
  }
  if (!identifier.done) {
    throw refused(
      `The ${keyType} algorithm identifier has parameters, which its standard forbids.`,
      "unexpected parameters",
      format,
    );
  }
  return keyType;
}

/**
 * Reads ECParameters and says which key type they name.
 *
 * @throws `InvalidKeyMaterial` for explicit parameters and for curves Keyrail has no key type for.
 */
export function readNamedCurve(reader: DerReader, format: string): NamedCurveKeyType {
  if (reader.peekTag() === TAG.sequence) {
    throw refused(
      "The key has explicit curve parameters; only named curves are accepted (RFC 5480).",
      "explicit curve parameters",
      format,
    );
  }
  const curve = reader.readObjectIdentifier();
  const keyType = KEY_TYPE_OF_CURVE.get(curve);
  if (keyType === undefined) throw refused(`The curve ${curve} is not supported.`, "unsupported curve", format);
  return keyType;
}

/** The DER AlgorithmIdentifier of a key type. */
export function keyAlgorithmIdentifier(keyType: StandardKeyType): Uint8Array {
  return isNamedCurveKeyType(keyType)
    ? derSequence(derObjectIdentifier(EC_PUBLIC_KEY_OID), derObjectIdentifier(NAMED_CURVE_OIDS[keyType]))
    : derSequence(derObjectIdentifier(ALGORITHM_OIDS[keyType]));
}

/**
 * Narrows to the key types that ASN.1 formats can name.
 *
 * @throws `InvalidKeyMaterial` for `stark`.
 */
export function requireObjectIdentifier(keyType: AsymmetricKeyType, format: string): StandardKeyType {
  if (keyType !== "stark") return keyType;
  throw refused(
    "The stark curve has no object identifier, so its keys have no ASN.1 form: use raw or JWK.",
    "no object identifier",
    format,
  );
}

function refused(message: string, reason: string, format: string): KeyrailError<"InvalidKeyMaterial"> {
  return new KeyrailError("InvalidKeyMaterial", message, { reason, format });
}

function invert<K extends string>(table: Readonly<Record<K, string>>): ReadonlyMap<string, K> {
  const inverted = new Map<string, K>();
  for (const key in table) inverted.set(table[key], key);
  return inverted;
}

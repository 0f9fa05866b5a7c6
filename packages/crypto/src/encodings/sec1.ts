/** ECPrivateKey of SEC 1, C.4 (RFC 5915): the content of `EC PRIVATE KEY` files and of EC keys in PKCS#8. */

import {
  DerReader,
  NAMED_CURVE_OIDS,
  PublicKey,
  derBitString,
  derContext,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSmallInteger,
  isNamedCurveKeyType,
  readNamedCurve,
  wipe,
  type NamedCurveKeyType,
  type PrivateKeyMaterial,
} from "@keyrail/core";
import { invalidKeyFile, type DecodedPrivateKey, type KeyFileFormat } from "./parsed-key.ts";
import { readScalar } from "./scalar.ts";

const VERSION = 1;

/**
 * Reads an ECPrivateKey. That the public point belongs to the private key is not checked here.
 *
 * @param expected the curve the file names elsewhere (PKCS#8 algorithm, `EC PARAMETERS` block); parameters inside must agree.
 * @param fallback the curve to take when the file names none.
 */
export function decodeEcPrivateKey(
  der: Uint8Array,
  format: KeyFileFormat,
  expected?: NamedCurveKeyType,
  fallback?: NamedCurveKeyType,
): DecodedPrivateKey {
  const outer = new DerReader(der, format);
  const reader = outer.readSequence();
  outer.end();
  if (reader.readSmallInteger() !== VERSION) {
    throw invalidKeyFile("The EC private key has an unknown version.", "unknown version", format);
  }
  const privateKey = reader.readOctetString();
  const parameters = reader.readOptionalContext(0);
  const stated = parameters === undefined ? undefined : readNamedCurve(parameters, format);
  parameters?.end();
  const keyType = stated ?? expected ?? fallback;
  if (keyType === undefined) {
    throw invalidKeyFile("The EC private key does not name its curve; give the key type.", "no curve", format);
  }
  if (expected !== undefined && keyType !== expected) {
    throw invalidKeyFile(
      `The file names two curves for one key, ${expected} and ${keyType}.`,
      "contradicting curves",
      format,
    );
  }
  const pointReader = reader.readOptionalContext(1);
  const point = pointReader?.readBitString();
  pointReader?.end();
  reader.end();
  const publicKey = point === undefined ? undefined : PublicKey.fromRaw(keyType, point);
  const material: PrivateKeyMaterial = { keyType, format: "scalar", bytes: readScalar(keyType, privateKey, format) };
  return publicKey === undefined ? { material } : { material, publicKey };
}

/** The DER of an ECPrivateKey without parameters, as PKCS#8 holds it (RFC 5958 names the curve outside). */
export function encodeEcPrivateKey(
  scalar: Uint8Array,
  publicKey: PublicKey | undefined,
  curve?: NamedCurveKeyType,
): Uint8Array {
  const octets = derOctetString(scalar);
  const parts = [derSmallInteger(VERSION), octets];
  if (curve !== undefined) parts.push(derContext(0, derObjectIdentifier(NAMED_CURVE_OIDS[curve])));
  if (publicKey !== undefined) parts.push(derContext(1, derBitString(publicKey.toRaw())));
  const der = derSequence(...parts);
  wipe(octets);
  return der;
}

/**
 * SEC 1 `ECPrivateKey` DER with the named curve, and with the public point when it is given.
 *
 * @throws `InvalidKeyMaterial` for key types other than P-256, P-384, P-521 and secp256k1.
 */
export function writeSec1(material: PrivateKeyMaterial, publicKey?: PublicKey): Uint8Array {
  const { keyType, format, bytes } = material;
  if (!isNamedCurveKeyType(keyType) || format !== "scalar") {
    throw invalidKeyFile(
      `SEC 1 files hold P-256, P-384, P-521 and secp256k1 keys, not ${keyType}.`,
      "wrong type",
      "sec1",
    );
  }
  return encodeEcPrivateKey(bytes, publicKey, keyType);
}

/** From the raw encodings of a public key to the canonical one of `PUBLIC_KEY_BYTES`, with every check the standards ask for. */

import { KeyrailError } from "../errors.ts";
import { PUBLIC_KEY_BYTES } from "../key-material.ts";
import type { AsymmetricKeyType } from "../vocabulary.ts";
import { isEdwardsPoint } from "./edwards.ts";
import { integerFromBytes, integerToBytes } from "./integer.ts";
import { WEIERSTRASS_CURVES, isOnCurve, isWeierstrassKeyType, liftX, type WeierstrassKeyType } from "./weierstrass.ts";

const ML_KEM_MODULUS = 3329;

/** `InvalidKeyMaterial` about a public key. */
export function invalidPublicKey(message: string, reason: string, format = "raw"): KeyrailError<"InvalidKeyMaterial"> {
  return new KeyrailError("InvalidKeyMaterial", message, { reason, format });
}

/**
 * A checked copy in canonical form: points may come compressed; FIPS 203 section 7.2 is applied to ML-KEM, RFC 8032
 * decoding to Ed25519 and Ed448. Every byte string of the right length is a key for X25519, X448 and ML-DSA.
 */
export function canonicalRawPublicKey(keyType: AsymmetricKeyType, bytes: Uint8Array): Uint8Array {
  if (isWeierstrassKeyType(keyType)) return canonicalPoint(keyType, bytes);
  checkLength(keyType, bytes);
  switch (keyType) {
    case "Ed25519":
    case "Ed448":
      if (!isEdwardsPoint(keyType, bytes)) throw notOnCurve(keyType);
      break;
    case "ML-KEM-512":
    case "ML-KEM-768":
    case "ML-KEM-1024":
      if (!isReducedEncapsulationKey(bytes)) {
        throw invalidPublicKey(
          `The ${keyType} public key has a coefficient of ${ML_KEM_MODULUS} or more, which FIPS 203 section 7.2 refuses.`,
          "coefficient out of range",
        );
      }
      break;
    default:
      break;
  }
  return new Uint8Array(bytes);
}

/** A copy after a check of length and first byte only: for keys that an engine has just computed. */
export function copyCanonicalPublicKey(keyType: AsymmetricKeyType, bytes: Uint8Array): Uint8Array {
  checkLength(keyType, bytes);
  if (isWeierstrassKeyType(keyType) && bytes[0] !== 4) throw notAPoint(keyType, bytes);
  return new Uint8Array(bytes);
}

/** The uncompressed point over an x coordinate with the given parity of y. */
export function pointFromX(keyType: WeierstrassKeyType, xBytes: Uint8Array, odd: boolean): Uint8Array {
  const curve = WEIERSTRASS_CURVES[keyType];
  const y = liftX(curve, integerFromBytes(xBytes), odd);
  if (y === undefined) throw notOnCurve(keyType);
  return joinPoint(xBytes, integerToBytes(y, curve.coordinateBytes));
}

/** `04 || x || y`. */
export function joinPoint(x: Uint8Array, y: Uint8Array): Uint8Array {
  const point = new Uint8Array(1 + x.length + y.length);
  point[0] = 4;
  point.set(x, 1);
  point.set(y, 1 + x.length);
  return point;
}

function canonicalPoint(keyType: WeierstrassKeyType, bytes: Uint8Array): Uint8Array {
  const curve = WEIERSTRASS_CURVES[keyType];
  const size = curve.coordinateBytes;
  const form = bytes[0];
  if (bytes.length === 1 + size && (form === 2 || form === 3))
    return pointFromX(keyType, bytes.subarray(1), form === 3);
  if (bytes.length !== 1 + 2 * size || form !== 4) throw notAPoint(keyType, bytes);
  const x = integerFromBytes(bytes.subarray(1, 1 + size));
  const y = integerFromBytes(bytes.subarray(1 + size));
  if (!isOnCurve(curve, x, y)) throw notOnCurve(keyType);
  return new Uint8Array(bytes);
}

function isReducedEncapsulationKey(bytes: Uint8Array): boolean {
  const end = bytes.length - 32;
  for (let index = 0; index < end; index += 3) {
    const [low = 0, middle = 0, high = 0] = [bytes[index], bytes[index + 1], bytes[index + 2]];
    const first = low | ((middle & 0x0f) << 8);
    const second = (middle >> 4) | (high << 4);
    if (first >= ML_KEM_MODULUS || second >= ML_KEM_MODULUS) return false;
  }
  return true;
}

function checkLength(keyType: AsymmetricKeyType, bytes: Uint8Array): void {
  const expected = PUBLIC_KEY_BYTES[keyType];
  if (bytes.length === expected) return;
  throw invalidPublicKey(`A ${keyType} public key has ${expected} bytes, not ${bytes.length}.`, "wrong length");
}

function notOnCurve(keyType: AsymmetricKeyType): KeyrailError<"InvalidKeyMaterial"> {
  return invalidPublicKey(`The public key is not a point on the curve ${keyType}.`, "not on the curve");
}

function notAPoint(keyType: WeierstrassKeyType, bytes: Uint8Array): KeyrailError<"InvalidKeyMaterial"> {
  const size = WEIERSTRASS_CURVES[keyType].coordinateBytes;
  if (bytes[0] === 0 && bytes.length === 1) {
    return invalidPublicKey("The point at infinity is not a public key.", "point at infinity");
  }
  if ((bytes[0] === 6 || bytes[0] === 7) && bytes.length === 1 + 2 * size) {
    return invalidPublicKey("Hybrid SEC 1 points (first byte 6 or 7) are not accepted.", "hybrid point");
  }
  return invalidPublicKey(
    `A ${keyType} public key is a SEC 1 point of ${1 + 2 * size} bytes starting with 4, or of ${1 + size} bytes starting with 2 or 3.`,
    "not a SEC 1 point",
  );
}

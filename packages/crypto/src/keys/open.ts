/** Opening keys: from key material, from raw public bytes, from secret bytes. */

import {
  type AsymmetricKeyType,
  PRIVATE_KEY_BYTES,
  type PrivateKeyMaterial,
  PUBLIC_KEY_BYTES,
  type SymmetricKeyType,
  withArticle,
} from "@keyrail/core";
import { copyOf, isScalarInRange } from "../engines/byte-strings.ts";
import { curveEngine } from "../engines/curve-engines.ts";
import { type Curve, CURVES, isCurve } from "../engines/curves.ts";
import type { EngineName } from "../engines/engine.ts";
import { isMlKem } from "../engines/ml-parameters.ts";
import { isEdwardsPoint } from "../engines/noble-eddsa.ts";
import { invalidKeyMaterial } from "../errors.ts";
import { checkExpandedKey, hasReducedCoefficients } from "./expanded-key-check.ts";
import { type PrivateKeyParts, publicKeyObject, type PublicKeyParts, secretKeyParts } from "./key-parts.ts";
import { OpenedPrivateKey, OpenedPublicKey, OpenedSecretKey } from "./opened-keys.ts";

/** How a key is opened. */
export interface OpenOptions {
  /**
   * The engine to prefer for this key. Where it does not implement an operation, the default engine for that operation
   * is used; `engineFor` tells which.
   */
  readonly engine?: EngineName;
}

/**
 * Opens a private key. The bytes are copied and checked: length, range, and for expanded keys what FIPS 203 section
 * 7.3 and FIPS 204 ask for.
 *
 * Errors: `InvalidKeyMaterial`.
 */
export function openPrivateKey(material: PrivateKeyMaterial, options: OpenOptions = {}): OpenedPrivateKey {
  const { keyType, format, bytes, chainCode } = material;
  const length = PRIVATE_KEY_BYTES[keyType][format];
  if (length === undefined) throw invalidKeyMaterial(`${keyType} has no ${format} form`);
  if (bytes.length !== length) {
    throw invalidKeyMaterial(`the ${format} of ${withArticle(keyType)} key has ${length} bytes, not ${bytes.length}`);
  }
  if (isCurve(keyType) && !isScalarInRange(bytes, CURVES[keyType].order)) {
    throw invalidKeyMaterial("the scalar is not between 1 and the group order");
  }
  if (chainCode !== undefined && chainCode.length !== 32) {
    throw invalidKeyMaterial(`a chain code has 32 bytes, not ${chainCode.length}`);
  }
  const parts: PrivateKeyParts = {
    keyType,
    format,
    preference: options.engine,
    chainCode: chainCode && copyOf(chainCode),
    privateKey: copyOf(bytes),
    publicKey: undefined,
    keyObject: undefined,
    publicKeyObject: undefined,
    expandedKey: undefined,
    wiped: false,
  };
  if (format === "expanded") checkExpandedKey(parts);
  return new OpenedPrivateKey(parts);
}

/**
 * Opens a public key given in core's canonical raw form (PUBLIC_KEY_BYTES). The bytes are copied. Checked here: the
 * length; on the Weierstrass curves that the point is on the curve; for ML-KEM the modulus check of FIPS 203 section
 * 7.2. See {@link checkPublicKey} for Ed25519 and Ed448.
 *
 * Errors: `InvalidKeyMaterial`.
 */
export function openPublicKey(
  keyType: AsymmetricKeyType,
  publicKey: Uint8Array,
  options: OpenOptions = {},
): OpenedPublicKey {
  const length = PUBLIC_KEY_BYTES[keyType];
  if (publicKey.length !== length) {
    throw invalidKeyMaterial(`${withArticle(keyType)} public key has ${length} bytes, not ${publicKey.length}`);
  }
  const parts: PublicKeyParts = {
    keyType,
    preference: options.engine,
    publicKey: copyOf(publicKey),
    publicKeyObject: undefined,
    wiped: false,
  };
  if (isCurve(keyType)) checkPoint(keyType, parts, publicKey);
  else if (isMlKem(keyType) && !hasReducedCoefficients(publicKey.subarray(0, -32))) {
    throw invalidKeyMaterial(`a coefficient of the ${keyType} public key is not below 3329`);
  }
  return new OpenedPublicKey(parts);
}

function checkPoint(curve: Curve, parts: PublicKeyParts, publicKey: Uint8Array): void {
  if (publicKey[0] !== 4) throw invalidKeyMaterial("the point is not in uncompressed form (04 || x || y)");
  if (curve === "stark" || curve === "secp256k1") {
    if (!curveEngine(curve, parts.preference).isPoint(publicKey)) {
      throw invalidKeyMaterial(`the point is not on ${curve}`);
    }
  } else publicKeyObject(parts);
}

/**
 * The full check of a public key that comes from outside: that of {@link openPublicKey}, and for Ed25519 and Ed448 that
 * the bytes are the canonical encoding of a point, which costs JavaScript arithmetic (about 0.3 ms).
 *
 * Errors: `InvalidKeyMaterial`.
 */
export function checkPublicKey(keyType: AsymmetricKeyType, publicKey: Uint8Array): void {
  openPublicKey(keyType, publicKey);
  if ((keyType === "Ed25519" || keyType === "Ed448") && !isEdwardsPoint(keyType, publicKey)) {
    throw invalidKeyMaterial(`the bytes are not a point of ${keyType}`);
  }
}

const AES_BYTES: Partial<Record<SymmetricKeyType, number>> = { "AES-128": 16, "AES-192": 24, "AES-256": 32 };

/** The longest HMAC key that is taken, in bytes. */
const MAXIMUM_HMAC_KEY_BYTES = 1024;

/**
 * Opens a secret key. The bytes are copied. AES keys have 16, 24 or 32 bytes; HMAC keys 1 to 1024.
 *
 * Errors: `InvalidKeyMaterial`.
 */
export function openSecretKey(
  keyType: SymmetricKeyType,
  bytes: Uint8Array,
  options: OpenOptions = {},
): OpenedSecretKey {
  const length = AES_BYTES[keyType];
  if (length === undefined) {
    if (bytes.length === 0 || bytes.length > MAXIMUM_HMAC_KEY_BYTES) {
      throw invalidKeyMaterial(`an HMAC key has 1 to ${MAXIMUM_HMAC_KEY_BYTES} bytes, not ${bytes.length}`);
    }
  } else if (bytes.length !== length) {
    throw invalidKeyMaterial(`an ${keyType} key has ${length} bytes, not ${bytes.length}`);
  }
  return new OpenedSecretKey(secretKeyParts(keyType, bytes, options.engine));
}

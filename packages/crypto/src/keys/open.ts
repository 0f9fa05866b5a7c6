/** Opening keys: from key material, from raw public bytes, from secret bytes. */

import {
  type AsymmetricKeyType,
  PRIVATE_KEY_BYTES,
  type PrivateKeyMaterial,
  PUBLIC_KEY_BYTES,
  type SymmetricKeyType,
} from "@keyrail/core";
import { isScalarInRange } from "../engines/byte-strings.ts";
import { curveEngine } from "../engines/curve-engines.ts";
import { CURVES, isCurve } from "../engines/curves.ts";
import type { EngineName } from "../engines/engine.ts";
import { invalidKeyMaterial } from "../errors.ts";
import { privateKeyObject, publicKeyObject, secretKeyParts, type PrivateKeyParts } from "./key-parts.ts";
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
    throw invalidKeyMaterial(`the ${format} of a ${keyType} key has ${length} bytes, not ${bytes.length}`);
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
    chainCode: chainCode?.slice(),
    privateKey: bytes.slice(),
    publicKey: undefined,
    keyObject: undefined,
    publicKeyObject: undefined,
    expandedKey: undefined,
    wiped: false,
  };
  if (format === "expanded" && keyType !== "Ed25519") privateKeyObject(parts);
  return new OpenedPrivateKey(parts);
}

/**
 * Opens a public key given in core's canonical raw form (PUBLIC_KEY_BYTES). The bytes are copied; length and, on the
 * Weierstrass curves, membership of the curve are checked here; see `checkPublicKey` for the full check of an import.
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
    throw invalidKeyMaterial(`a ${keyType} public key has ${length} bytes, not ${publicKey.length}`);
  }
  const parts = {
    keyType,
    preference: options.engine,
    publicKey: publicKey.slice(),
    publicKeyObject: undefined,
    wiped: false,
  };
  if (keyType === "secp256k1") {
    if (publicKey[0] !== 4 || !curveEngine("secp256k1", options.engine).isPoint(parts.publicKey)) {
      throw invalidKeyMaterial("the point is not on secp256k1");
    }
  } else if (keyType !== "stark") publicKeyObject(parts);
  return new OpenedPublicKey(parts);
}

const AES_BYTES: Partial<Record<SymmetricKeyType, number>> = { "AES-128": 16, "AES-192": 24, "AES-256": 32 };

/** The longest HMAC key that is taken, in bytes. */
const MAXIMUM_HMAC_KEY_BYTES = 1024;

/**
 * Opens a secret key. The bytes are copied. AES keys have 16, 24 or 32 bytes; HMAC keys 1 to 1024.
 *
 * Errors: `InvalidKeyMaterial`.
 */
export function openSecretKey(keyType: SymmetricKeyType, bytes: Uint8Array, options: OpenOptions = {}): OpenedSecretKey {
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

/** The public key of a private key, by the cheapest way each type has. */

import { createECDH, createPublicKey, type KeyObject } from "node:crypto";
import { type AsymmetricKeyType, PUBLIC_KEY_BYTES, type PrivateKeyFormat } from "@keyrail/core";
import { curveEngine } from "../engines/curve-engines.ts";
import type { EngineName } from "../engines/engine.ts";
import { hasRawKeyFormats } from "../engines/node-features.ts";
import { invalidKeyMaterial } from "../errors.ts";
import { ECDH_NAMES, type NodeKeyType } from "./key-templates.ts";

/**
 * The canonical raw public key computed from raw private bytes.
 *
 * @returns undefined when the cheapest way is a key object of `node:crypto`.
 */
export function publicKeyFromPrivate(
  keyType: AsymmetricKeyType,
  format: PrivateKeyFormat,
  privateKey: Uint8Array,
  preference: EngineName | undefined,
): Uint8Array | undefined {
  switch (keyType) {
    case "P-256":
    case "P-384":
    case "P-521":
      return preference === "noble"
        ? curveEngine(keyType, preference).publicKey(privateKey)
        : multiplyBase(keyType, privateKey);
    case "secp256k1":
      return preference === "node"
        ? multiplyBase(keyType, privateKey)
        : curveEngine(keyType, preference).publicKey(privateKey);
    default:
      return undefined;
  }
}

function multiplyBase(curve: keyof typeof ECDH_NAMES, scalar: Uint8Array): Uint8Array {
  const ecdh = createECDH(ECDH_NAMES[curve]);
  try {
    ecdh.setPrivateKey(scalar);
  } catch (error) {
    throw invalidKeyMaterial("the scalar is not between 1 and the group order", error);
  }
  return new Uint8Array(ecdh.getPublicKey());
}

/** The canonical raw public key of a private or public `KeyObject`. */
export function publicKeyFromKeyObject(keyType: NodeKeyType, key: KeyObject): Uint8Array {
  const publicKey = key.type === "public" ? key : createPublicKey(key);
  if (hasRawKeyFormats()) return publicKey.export({ format: "raw-public" });
  return publicKey.export({ format: "der", type: "spki" }).subarray(-PUBLIC_KEY_BYTES[keyType]);
}

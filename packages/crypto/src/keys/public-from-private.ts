/** The public key of a private key, by the cheapest way each type has. */

import { createECDH, createPublicKey, type KeyObject } from "node:crypto";
import { type AsymmetricKeyType, PUBLIC_KEY_BYTES, type PrivateKeyFormat } from "@keyrail/core";
import { plain } from "../engines/byte-strings.ts";
import { curveEngine } from "../engines/curve-engines.ts";
import type { EngineName } from "../engines/engine.ts";
import { isMlDsa, isMlKem, nobleDsa, nobleKem } from "../engines/ml-parameters.ts";
import { nobleEd25519, nobleEd448 } from "../engines/lazy-module.ts";
import { expandedEd25519PublicKey, nobleEddsaPublicKey } from "../engines/noble-eddsa.ts";
import { hasMlDsa, hasMlKem, hasRawKeyFormats } from "../engines/node-features.ts";
import { invalidKeyMaterial } from "../errors.ts";
import { ECDH_NAMES, type NodeKeyType } from "./key-templates.ts";

/** A public key, and the expanded private key where the same computation gave it. */
export interface DerivedPublicKey {
  readonly publicKey: Uint8Array;
  readonly expandedKey?: Uint8Array;
}

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
): DerivedPublicKey | undefined {
  if (isMlDsa(keyType)) {
    if (preference !== "noble" && hasMlDsa()) return undefined;
    return format === "expanded"
      ? { publicKey: nobleDsa(keyType).getPublicKey(privateKey) }
      : expand(nobleDsa(keyType).keygen(privateKey));
  }
  if (isMlKem(keyType)) {
    if (preference !== "noble" && hasMlKem()) return undefined;
    return format === "expanded"
      ? { publicKey: nobleKem(keyType).getPublicKey(privateKey) }
      : expand(nobleKem(keyType).keygen(privateKey));
  }
  switch (keyType) {
    case "P-256":
    case "P-384":
    case "P-521":
      return preference === "noble"
        ? { publicKey: curveEngine(keyType, preference).publicKey(privateKey) }
        : { publicKey: multiplyBase(keyType, privateKey) };
    case "secp256k1":
      return preference === "node"
        ? { publicKey: multiplyBase(keyType, privateKey) }
        : { publicKey: curveEngine(keyType, preference).publicKey(privateKey) };
    case "stark":
      return { publicKey: curveEngine(keyType, preference).publicKey(privateKey) };
    case "Ed25519":
    case "Ed448":
      if (format === "expanded") return { publicKey: expandedPublicKey(privateKey) };
      return preference === "noble" ? { publicKey: nobleEddsaPublicKey(keyType, privateKey) } : undefined;
    case "X25519":
      return preference === "noble" ? { publicKey: nobleEd25519.get().x25519.getPublicKey(privateKey) } : undefined;
    case "X448":
      return preference === "noble" ? { publicKey: nobleEd448.get().x448.getPublicKey(privateKey) } : undefined;
  }
}

function expand(pair: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array }): DerivedPublicKey {
  return { publicKey: pair.publicKey, expandedKey: pair.secretKey };
}

function expandedPublicKey(expanded: Uint8Array): Uint8Array {
  const publicKey = expandedEd25519PublicKey(expanded);
  if (publicKey === undefined) throw invalidKeyMaterial("the scalar is zero modulo the group order");
  return publicKey;
}

function multiplyBase(curve: keyof typeof ECDH_NAMES, scalar: Uint8Array): Uint8Array {
  const ecdh = createECDH(ECDH_NAMES[curve]);
  try {
    ecdh.setPrivateKey(scalar);
  } catch (error) {
    throw invalidKeyMaterial("the scalar is not between 1 and the group order", error);
  }
  return plain(ecdh.getPublicKey());
}

/** The canonical raw public key of a private or public `KeyObject`. */
export function publicKeyFromKeyObject(keyType: NodeKeyType, key: KeyObject): Uint8Array {
  const publicKey = key.type === "public" ? key : createPublicKey(key);
  if (hasRawKeyFormats()) return plain(publicKey.export({ format: "raw-public" }));
  return plain(publicKey.export({ format: "der", type: "spki" }).subarray(-PUBLIC_KEY_BYTES[keyType]));
}

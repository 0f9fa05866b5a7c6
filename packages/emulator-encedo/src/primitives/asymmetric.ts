/**
 * Key pairs and their operations on raw bytes, in the device's encodings (fact sheet, section 4):
 * compressed SEC 1 points for the Weierstrass curves, RFC 7748 and RFC 8032 bytes for the others.
 */

import { ed25519, ed25519ctx, ed25519ph, x25519 } from "@noble/curves/ed25519.js";
import { ed448, ed448ph, x448 } from "@noble/curves/ed448.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { ml_kem1024, ml_kem512, ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { randomBytes } from "node:crypto";

import { ECDSA_LOW_S, ECDSA_NONCE_RANDOM } from "../assumptions.ts";
import { digest, type HashName } from "./hash.ts";

/** The Weierstrass curves. */
export type WeierstrassType = "SECP256R1" | "SECP384R1" | "SECP521R1" | "SECP256K1";
/** The Montgomery curves. */
export type MontgomeryType = "CURVE25519" | "CURVE448";
/** The Edwards curves. */
export type EdwardsType = "ED25519" | "ED448";
/** The ML-KEM parameter sets. */
export type MlKemType = "MLKEM512" | "MLKEM768" | "MLKEM1024";
/** The ML-DSA parameter sets. */
export type MlDsaType = "MLDSA44" | "MLDSA65" | "MLDSA87";
/** Types whose keys agree on a secret. */
export type AgreementType = WeierstrassType | MontgomeryType;
/** Types with a key pair. */
export type AsymmetricType = AgreementType | EdwardsType | MlKemType | MlDsaType;

const WEIERSTRASS: Record<WeierstrassType, typeof p256> = {
  SECP256R1: p256,
  SECP384R1: p384,
  SECP521R1: p521,
  SECP256K1: secp256k1,
};
const MONTGOMERY: Record<MontgomeryType, typeof x25519> = { CURVE25519: x25519, CURVE448: x448 };
const EDWARDS: Record<EdwardsType, typeof ed25519> = { ED25519: ed25519, ED448: ed448 };
const ML_KEM: Record<MlKemType, typeof ml_kem768> = { MLKEM512: ml_kem512, MLKEM768: ml_kem768, MLKEM1024: ml_kem1024 };
const ML_DSA: Record<MlDsaType, typeof ml_dsa65> = { MLDSA44: ml_dsa44, MLDSA65: ml_dsa65, MLDSA87: ml_dsa87 };

/** A key pair as raw bytes. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

const GENERATORS: { readonly [T in AsymmetricType]: () => { publicKey: Uint8Array; secretKey: Uint8Array } } = {
  SECP256R1: () => p256.keygen(),
  SECP384R1: () => p384.keygen(),
  SECP521R1: () => p521.keygen(),
  SECP256K1: () => secp256k1.keygen(),
  CURVE25519: () => x25519.keygen(),
  CURVE448: () => x448.keygen(),
  ED25519: () => ed25519.keygen(),
  ED448: () => ed448.keygen(),
  MLKEM512: () => ml_kem512.keygen(),
  MLKEM768: () => ml_kem768.keygen(),
  MLKEM1024: () => ml_kem1024.keygen(),
  MLDSA44: () => ml_dsa44.keygen(),
  MLDSA65: () => ml_dsa65.keygen(),
  MLDSA87: () => ml_dsa87.keygen(),
};

/** A fresh key pair. */
export function generateKeyPair(type: AsymmetricType): KeyPair {
  return GENERATORS[type]();
}

/**
 * The public half of a secret key of a curve.
 *
 * @returns `undefined` when the secret is not a valid one (scalar 0 or out of range, wrong length).
 */
export function publicKeyOf(
  type: WeierstrassType | MontgomeryType | EdwardsType,
  secretKey: Uint8Array,
): Uint8Array | undefined {
  try {
    if (isWeierstrass(type)) return WEIERSTRASS[type].getPublicKey(secretKey, true);
    return isMontgomery(type) ? MONTGOMERY[type].getPublicKey(secretKey) : EDWARDS[type].getPublicKey(secretKey);
  } catch {
    // An out-of-range scalar is an outcome of derivation, not a defect: the caller answers 406.
    return undefined;
  }
}

/**
 * The agreed secret: the x coordinate (SEC 1) or the RFC 7748 output, in full length.
 *
 * @returns `undefined` when the peer's key is not a point of the curve or the secret is all zero.
 */
export function agree(type: AgreementType, secretKey: Uint8Array, peer: Uint8Array): Uint8Array | undefined {
  try {
    if (isMontgomery(type)) return MONTGOMERY[type].getSharedSecret(secretKey, peer);
    // The compressed point is one prefix byte and the x coordinate.
    return WEIERSTRASS[type].getSharedSecret(secretKey, peer, true).slice(1);
  } catch {
    // A bad peer point is input of the caller: 406.
    return undefined;
  }
}

/** ECDSA over a hash of the message, as DER (SEQUENCE of r and s), not normalised. */
export function signEcdsa(
  type: WeierstrassType,
  secretKey: Uint8Array,
  hash: HashName,
  message: Uint8Array,
): Uint8Array {
  return WEIERSTRASS[type].sign(digest(hash, message), secretKey, {
    prehash: false,
    lowS: ECDSA_LOW_S,
    format: "der",
    ...(ECDSA_NONCE_RANDOM ? { extraEntropy: new Uint8Array(randomBytes(32)) } : {}),
  });
}

/** Checks a DER signature of {@link signEcdsa}; a malformed signature or key is just wrong. */
export function verifyEcdsa(
  type: WeierstrassType,
  publicKey: Uint8Array,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return WEIERSTRASS[type].verify(signature, digest(hash, message), publicKey, {
      prehash: false,
      lowS: false,
      format: "der",
    });
  } catch {
    // noble throws on undecodable signatures and points; both are invalid signatures here.
    return false;
  }
}

/** Signature scheme of the Edwards curves, by the device's name. */
export type EddsaName = "Ed25519" | "Ed25519ph" | "Ed25519ctx" | "Ed448" | "Ed448ph";

const EDDSA: Record<EddsaName, { readonly type: EdwardsType; readonly scheme: typeof ed25519 }> = {
  Ed25519: { type: "ED25519", scheme: ed25519 },
  Ed25519ph: { type: "ED25519", scheme: ed25519ph },
  Ed25519ctx: { type: "ED25519", scheme: ed25519ctx },
  Ed448: { type: "ED448", scheme: ed448 },
  Ed448ph: { type: "ED448", scheme: ed448ph },
};

/** True for a signature scheme of the Edwards curves. */
export function isEddsaName(name: string): name is EddsaName {
  return Object.hasOwn(EDDSA, name);
}

/** The curve a scheme belongs to. */
export function eddsaType(name: EddsaName): EdwardsType {
  return EDDSA[name].type;
}

/** RFC 8032 signature: 64 or 114 bytes. `context` only where the scheme has one. */
export function signEddsa(
  name: EddsaName,
  secretKey: Uint8Array,
  message: Uint8Array,
  context?: Uint8Array,
): Uint8Array {
  return EDDSA[name].scheme.sign(message, secretKey, context === undefined ? {} : { context });
}

/** Checks an RFC 8032 signature; malformed input is just wrong. */
export function verifyEddsa(
  name: EddsaName,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  context?: Uint8Array,
): boolean {
  try {
    return EDDSA[name].scheme.verify(signature, message, publicKey, context === undefined ? {} : { context });
  } catch {
    // noble throws on wrong lengths; an invalid signature here.
    return false;
  }
}

/** ML-KEM encapsulation (FIPS 203). */
export function encapsulate(
  type: MlKemType,
  publicKey: Uint8Array,
): { ciphertext: Uint8Array; sharedSecret: Uint8Array } {
  const { cipherText, sharedSecret } = ML_KEM[type].encapsulate(publicKey);
  return { ciphertext: cipherText, sharedSecret };
}

/** ML-KEM decapsulation with implicit rejection (FIPS 203). The ciphertext has the exact length. */
export function decapsulate(type: MlKemType, secretKey: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return ML_KEM[type].decapsulate(ciphertext, secretKey);
}

/** Pure ML-DSA signature (FIPS 204), hedged. */
export function signMlDsa(
  type: MlDsaType,
  secretKey: Uint8Array,
  message: Uint8Array,
  context?: Uint8Array,
): Uint8Array {
  return ML_DSA[type].sign(message, secretKey, context === undefined ? {} : { context });
}

/** Checks a pure ML-DSA signature; malformed input is just wrong. */
export function verifyMlDsa(
  type: MlDsaType,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  context?: Uint8Array,
): boolean {
  try {
    return ML_DSA[type].verify(signature, message, publicKey, context === undefined ? {} : { context });
  } catch {
    // noble throws on wrong lengths; an invalid signature here.
    return false;
  }
}

/** True for a Weierstrass curve. */
export function isWeierstrass(type: string): type is WeierstrassType {
  return Object.hasOwn(WEIERSTRASS, type);
}

/** True for a Montgomery curve. */
export function isMontgomery(type: string): type is MontgomeryType {
  return Object.hasOwn(MONTGOMERY, type);
}

/** True for an Edwards curve. */
export function isEdwards(type: string): type is EdwardsType {
  return Object.hasOwn(EDWARDS, type);
}

/** True for an ML-KEM parameter set. */
export function isMlKem(type: string): type is MlKemType {
  return Object.hasOwn(ML_KEM, type);
}

/** True for an ML-DSA parameter set. */
export function isMlDsa(type: string): type is MlDsaType {
  return Object.hasOwn(ML_DSA, type);
}

/** Whether compressed bytes are a point of the curve. */
export function isPoint(type: WeierstrassType, publicKey: Uint8Array): boolean {
  return WEIERSTRASS[type].utils.isValidPublicKey(publicKey, true);
}

/** Every signature algorithm, signed and verified outside the provider by @noble. */

import { createHash } from "node:crypto";
import { ed25519, ed25519ctx, ed25519ph } from "@noble/curves/ed25519.js";
import { ed448, ed448ph } from "@noble/curves/ed448.js";
import { schnorr } from "@noble/curves/secp256k1.js";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { shake256 } from "@noble/hashes/sha3.js";
import {
  isWeierstrassKeyType,
  type KeyType,
  type PublicKey,
  type SignatureAlgorithm,
  type SignatureFormat,
} from "@keyrail/core";
import { encodeEcdsa, parseEcdsa, signEcdsa, verifyEcdsa } from "./ecdsa-signature.ts";
import type { KnownKeyPair } from "./key-material.ts";
import { randomBytes, testMessage } from "./random.ts";

/** What a signature is over, as a request says it and as the standard reads it. */
export interface SignedInput {
  /** The member of the request. */
  readonly request: { readonly message: Uint8Array } | { readonly digest: Uint8Array };
  /** ECDSA: the digest. Every other algorithm: the message of the standard. */
  readonly signed: Uint8Array;
}

/** Parameters that change what a signature is. */
export interface SignatureVariant {
  readonly format?: SignatureFormat;
  readonly context?: Uint8Array;
  /** BIP341: the 32-byte x-only output key the signature is under. */
  readonly outputKey?: Uint8Array;
}

/** The hash of an algorithm that hashes; ECDSA over a digest of the caller's own takes SHA-256 here. */
export function hashOf(algorithm: SignatureAlgorithm): "sha256" | "sha384" | "sha512" | undefined {
  switch (algorithm) {
    case "ES256":
    case "ES256K":
    case "ECDSA-SHA-256":
    case "ECDSA":
      return "sha256";
    case "ES384":
    case "ECDSA-SHA-384":
      return "sha384";
    case "ES512":
    case "ECDSA-SHA-512":
      return "sha512";
    default:
      return undefined;
  }
}

/** Whether it is ECDSA, with two encodings and two valid values of s. */
export function isEcdsa(algorithm: SignatureAlgorithm): boolean {
  return hashOf(algorithm) !== undefined;
}

/** Whether the standard knows a context string, and whether it must be given. */
export function contextOf(algorithm: SignatureAlgorithm): "none" | "optional" | "required" {
  if (algorithm === "Ed25519ctx") return "required";
  return /^(?:Ed25519ph|Ed448|Ed448ph|ML-DSA-\d\d)$/.test(algorithm) ? "optional" : "none";
}

/** Bytes of a signature; ECDSA in P1363. */
export function signatureBytes(algorithm: SignatureAlgorithm, keyType: KeyType): number {
  if (isWeierstrassKeyType(keyType)) return { "P-384": 96, "P-521": 132 }[keyType as string] ?? 64;
  const fixed: Readonly<Record<string, number>> = {
    Ed448: 114,
    "ML-DSA-44": 2420,
    "ML-DSA-65": 3309,
    "ML-DSA-87": 4627,
  };
  return fixed[keyType] ?? 64;
}

/** An input of the kind over a message of this many bytes. */
export function inputOver(
  algorithm: SignatureAlgorithm,
  kind: "message" | "digest",
  message: Uint8Array = testMessage(100),
): SignedInput {
  const hash = hashOf(algorithm);
  if (hash !== undefined) {
    const digest = new Uint8Array(createHash(hash).update(message).digest());
    return kind === "digest" ? { request: { digest }, signed: digest } : { request: { message }, signed: digest };
  }
  if (kind === "message") return { request: { message }, signed: message };
  // The prehash of RFC 8032; for the others the digest is what the standard calls the message.
  if (algorithm === "Ed25519ph") {
    return { request: { digest: new Uint8Array(createHash("sha512").update(message).digest()) }, signed: message };
  }
  if (algorithm === "Ed448ph") return { request: { digest: shake256(message, { dkLen: 64 }) }, signed: message };
  const digest = new Uint8Array(createHash("sha256").update(message).digest());
  return { request: { digest }, signed: digest };
}

/** Whether a signature is valid, by @noble. Never throws because of the signature. */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  publicKey: PublicKey,
  signed: Uint8Array,
  signature: Uint8Array,
  variant: SignatureVariant = {},
): boolean {
  const { keyType } = publicKey;
  const raw = publicKey.toRaw();
  if (isEcdsa(algorithm)) {
    if (!isWeierstrassKeyType(keyType)) return false;
    const parsed = parseEcdsa(keyType, variant.format ?? "p1363", signature);
    return parsed !== undefined && verifyEcdsa(keyType, raw, signed, parsed);
  }
  if (signature.length !== signatureBytes(algorithm, keyType)) return false;
  const context = variant.context === undefined ? {} : { context: variant.context };
  switch (algorithm) {
    case "BIP340":
      return schnorr.verify(signature, signed, publicKey.toXOnly());
    case "BIP341":
      return variant.outputKey !== undefined && schnorr.verify(signature, signed, variant.outputKey);
    case "Ed25519":
      return ed25519.verify(signature, signed, raw, { zip215: false });
    case "Ed25519ph":
      return ed25519ph.verify(signature, signed, raw, { ...context, zip215: false });
    case "Ed25519ctx":
      return ed25519ctx.verify(signature, signed, raw, { ...context, zip215: false });
    case "Ed448":
      return ed448.verify(signature, signed, raw, context);
    case "Ed448ph":
      return ed448ph.verify(signature, signed, raw, context);
    case "ML-DSA-44":
      return ml_dsa44.verify(signature, signed, raw, context);
    case "ML-DSA-65":
      return ml_dsa65.verify(signature, signed, raw, context);
    case "ML-DSA-87":
      return ml_dsa87.verify(signature, signed, raw, context);
    default:
      throw new TypeError(`${algorithm} is not known to the suite.`);
  }
}

/** A signature made outside the provider with a key the suite knows. BIP341 is signed with the tweaked key: not here. */
export function signOutside(
  algorithm: SignatureAlgorithm,
  pair: KnownKeyPair,
  signed: Uint8Array,
  variant: SignatureVariant = {},
): Uint8Array {
  const { keyType, forms } = pair;
  const secret = forms.seed ?? forms.scalar;
  if (secret === undefined) throw new TypeError("The private key is not known.");
  if (isEcdsa(algorithm) && isWeierstrassKeyType(keyType)) {
    return encodeEcdsa(keyType, variant.format ?? "p1363", signEcdsa(keyType, secret, signed, randomBytes(80)));
  }
  const context = variant.context === undefined ? {} : { context: variant.context };
  const expanded = forms.expanded ?? secret;
  switch (algorithm) {
    case "BIP340":
      return schnorr.sign(signed, secret);
    case "Ed25519":
      return ed25519.sign(signed, secret);
    case "Ed25519ph":
      return ed25519ph.sign(signed, secret, context);
    case "Ed25519ctx":
      return ed25519ctx.sign(signed, secret, context);
    case "Ed448":
      return ed448.sign(signed, secret, context);
    case "Ed448ph":
      return ed448ph.sign(signed, secret, context);
    case "ML-DSA-44":
      return ml_dsa44.sign(signed, expanded, context);
    case "ML-DSA-65":
      return ml_dsa65.sign(signed, expanded, context);
    case "ML-DSA-87":
      return ml_dsa87.sign(signed, expanded, context);
    default:
      throw new TypeError(`${algorithm} can't be signed outside.`);
  }
}

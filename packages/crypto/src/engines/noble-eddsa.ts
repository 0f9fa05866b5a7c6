/** EdDSA by @noble/curves: the pre-hashed variants, expanded keys, and what Node.js 22 lacks. */

import { createHash, hash } from "node:crypto";
import type { EdDSA } from "@noble/curves/abstract/edwards.js";
import { concatenate } from "./byte-strings.ts";
import { nobleEd25519, nobleEd448 } from "./lazy-module.ts";

/** Variants of EdDSA (RFC 8032). */
export type EddsaVariant = "Ed25519" | "Ed25519ph" | "Ed25519ctx" | "Ed448" | "Ed448ph";

function variantOf(variant: EddsaVariant): EdDSA {
  switch (variant) {
    case "Ed25519":
      return nobleEd25519.get().ed25519;
    case "Ed25519ph":
      return nobleEd25519.get().ed25519ph;
    case "Ed25519ctx":
      return nobleEd25519.get().ed25519ctx;
    case "Ed448":
      return nobleEd448.get().ed448;
    case "Ed448ph":
      return nobleEd448.get().ed448ph;
  }
}

/** Signs with a seed. */
export function nobleEddsaSign(
  variant: EddsaVariant,
  message: Uint8Array,
  seed: Uint8Array,
  context: Uint8Array | undefined,
): Uint8Array {
  return variantOf(variant).sign(message, seed, context === undefined ? {} : { context });
}

/** Verifies as RFC 8032 says (not ZIP-215): canonical encodings only. */
export function nobleEddsaVerify(
  variant: EddsaVariant,
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
  context: Uint8Array | undefined,
): boolean {
  const { lengths } = variantOf(variant);
  if (signature.length !== lengths.signature) return false;
  return variantOf(variant).verify(signature, message, publicKey, {
    zip215: false,
    ...(context === undefined ? {} : { context }),
  });
}

/** The public key of a seed. */
export function nobleEddsaPublicKey(variant: "Ed25519" | "Ed448", seed: Uint8Array): Uint8Array {
  return variantOf(variant).getPublicKey(seed);
}

/** Whether the bytes are the canonical encoding of a point of the curve. */
export function isEdwardsPoint(variant: "Ed25519" | "Ed448", publicKey: Uint8Array): boolean {
  return variantOf(variant).utils.isValidPublicKey(publicKey, false);
}

/**
 * The public key of an expanded Ed25519 key, or undefined when its scalar is zero modulo the group order.
 *
 * @param expanded the scalar (32 bytes, little-endian), then the prefix (32 bytes).
 */
export function expandedEd25519PublicKey(expanded: Uint8Array): Uint8Array | undefined {
  const { Point } = nobleEd25519.get().ed25519;
  const scalar = scalarOf(expanded.subarray(0, 32));
  return scalar === 0n ? undefined : Point.BASE.multiply(scalar).toBytes();
}

/** Signs with an expanded Ed25519 key (RFC 8032, 5.1.6 from step 2 on). Ed25519ph and Ed25519ctx by `dom2`. */
export function expandedEd25519Sign(
  variant: "Ed25519" | "Ed25519ph" | "Ed25519ctx",
  message: Uint8Array,
  expanded: Uint8Array,
  publicKey: Uint8Array,
  context: Uint8Array | undefined,
): Uint8Array {
  const { Point } = nobleEd25519.get().ed25519;
  const { Fn } = Point;
  const domain = dom2(variant, context);
  const hashed = variant === "Ed25519ph" ? hash("sha512", message, "buffer") : message;
  const nonce = scalarOf(sha512(domain, expanded.subarray(32), hashed));
  const commitment = nonce === 0n ? Point.ZERO.toBytes() : Point.BASE.multiply(nonce).toBytes();
  const challenge = scalarOf(sha512(domain, commitment, publicKey, hashed));
  const response = Fn.create(nonce + challenge * scalarOf(expanded.subarray(0, 32)));
  const signature = new Uint8Array(64);
  signature.set(commitment);
  signature.set(littleEndian(response), 32);
  return signature;
}

function dom2(variant: "Ed25519" | "Ed25519ph" | "Ed25519ctx", context: Uint8Array | undefined): Uint8Array {
  if (variant === "Ed25519") return new Uint8Array(0);
  const flag = variant === "Ed25519ph" ? 1 : 0;
  const text = context ?? new Uint8Array(0);
  return concatenate(Buffer.from("SigEd25519 no Ed25519 collisions"), Uint8Array.of(flag, text.length), text);
}

function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash("sha512");
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** A little-endian integer modulo the group order. */
function scalarOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  return nobleEd25519.get().ed25519.Point.Fn.create(value);
}

function littleEndian(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex")).toReversed();
}

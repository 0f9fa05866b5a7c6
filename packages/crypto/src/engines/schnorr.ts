/** BIP-340 signatures and the BIP-341 tweak, over plain bytes. */

import { hash } from "node:crypto";
import { concatenate } from "./byte-strings.ts";
import { EngineChoice, type Engine } from "./engine.ts";
import { nobleSecp256k1, tinySecp256k1 } from "./lazy-module.ts";

/** An x-only public key and the parity of the y it stands for. */
export interface TweakedKey {
  /** 32 bytes. */
  readonly xOnlyPublicKey: Uint8Array;
  /** 1 when the y of the output point is odd. */
  readonly parity: 0 | 1;
}

/** Schnorr over secp256k1. Scalars are in range, x-only keys have 32 bytes, signatures 64. */
export interface SchnorrEngine extends Engine {
  sign(message: Uint8Array, scalar: Uint8Array, auxiliaryRandomness: Uint8Array): Uint8Array;
  /** False for every invalid signature and for an x that is not on the curve. */
  verify(signature: Uint8Array, message: Uint8Array, xOnlyPublicKey: Uint8Array): boolean;
  /** The uncompressed point with this x and an even y (lift_x of BIP-340); undefined when there is none. */
  liftX(xOnlyPublicKey: Uint8Array): Uint8Array | undefined;
  /** The output scalar: `scalar` (negated when its y is odd) + `tweak`; undefined when that is zero or tweak >= n. */
  tweakScalar(scalar: Uint8Array, yIsOdd: boolean, tweak: Uint8Array): Uint8Array | undefined;
  /** The output key: lift(x) + tweak * G; undefined when x is not on the curve or tweak >= n. */
  tweakPublicKey(xOnlyPublicKey: Uint8Array, tweak: Uint8Array): TweakedKey | undefined;
}

const NOBLE: SchnorrEngine = {
  name: "noble",
  sign: (message, scalar, auxiliaryRandomness) =>
    nobleSecp256k1.get().schnorr.sign(message, scalar, auxiliaryRandomness),
  verify: (signature, message, xOnlyPublicKey) =>
    refusedAs(false, () => nobleSecp256k1.get().schnorr.verify(signature, message, xOnlyPublicKey)),
  liftX(xOnlyPublicKey) {
    const { Point } = nobleSecp256k1.get().secp256k1;
    return refusedAs(undefined, () => Point.fromBytes(withEvenY(xOnlyPublicKey)).toBytes(false));
  },
  tweakScalar(scalar, yIsOdd, tweak) {
    const { Fn } = nobleSecp256k1.get().secp256k1.Point;
    return refusedAs(undefined, () => {
      const own = Fn.fromBytes(scalar);
      const output = Fn.add(yIsOdd ? Fn.neg(own) : own, Fn.fromBytes(tweak));
      return Fn.is0(output) ? undefined : Fn.toBytes(output);
    });
  },
  tweakPublicKey(xOnlyPublicKey, tweak) {
    const { Point } = nobleSecp256k1.get().secp256k1;
    return refusedAs(undefined, () => {
      const scalar = Point.Fn.fromBytes(tweak);
      const internal = Point.fromBytes(withEvenY(xOnlyPublicKey));
      const output = scalar === 0n ? internal : internal.add(Point.BASE.multiply(scalar));
      const bytes = output.toBytes(true);
      return { xOnlyPublicKey: bytes.subarray(1), parity: bytes[0] === 3 ? 1 : 0 };
    });
  },
};

const WASM: SchnorrEngine = {
  name: "libsecp256k1-wasm",
  sign: (message, scalar, auxiliaryRandomness) =>
    message.length === 32
      ? tinySecp256k1.get().signSchnorr(message, scalar, auxiliaryRandomness)
      : NOBLE.sign(message, scalar, auxiliaryRandomness),
  verify: (signature, message, xOnlyPublicKey) =>
    message.length === 32
      ? refusedAs(false, () => tinySecp256k1.get().verifySchnorr(message, xOnlyPublicKey, signature))
      : NOBLE.verify(signature, message, xOnlyPublicKey),
  liftX(xOnlyPublicKey) {
    return refusedAs(undefined, () => tinySecp256k1.get().pointCompress(withEvenY(xOnlyPublicKey), false));
  },
  tweakScalar(scalar, yIsOdd, tweak) {
    const { privateAdd, privateNegate } = tinySecp256k1.get();
    return refusedAs(undefined, () => privateAdd(yIsOdd ? privateNegate(scalar) : scalar, tweak) ?? undefined);
  },
  tweakPublicKey(xOnlyPublicKey, tweak) {
    return refusedAs(undefined, () => {
      const tweaked = tinySecp256k1.get().xOnlyPointAddTweak(xOnlyPublicKey, tweak);
      return tweaked === null ? undefined : { xOnlyPublicKey: tweaked.xOnlyPubkey, parity: tweaked.parity };
    });
  },
};

/** The engines of BIP-340, fastest first. The wasm engine gives messages that have not 32 bytes to noble. */
export const SCHNORR_ENGINES: EngineChoice<SchnorrEngine> = new EngineChoice([WASM, NOBLE]);

function withEvenY(xOnlyPublicKey: Uint8Array): Uint8Array {
  const compressed = new Uint8Array(33);
  compressed[0] = 2;
  compressed.set(xOnlyPublicKey, 1);
  return compressed;
}

function refusedAs<T>(answer: T, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // Both libraries throw where a number or a point is out of range: a refusal like any other.
    if (error instanceof Error) return answer;
    throw error;
  }
}

/** The tweak of BIP-341: the tagged hash of the internal key and, where there are scripts, their Merkle root. */
export function taprootTweak(xOnlyPublicKey: Uint8Array, merkleRoot: Uint8Array | undefined): Uint8Array {
  const tag = hash("sha256", "TapTweak", "buffer");
  return hash("sha256", concatenate(tag, tag, xOnlyPublicKey, merkleRoot ?? new Uint8Array(0)), "buffer");
}

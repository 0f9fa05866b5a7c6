/** Diffie-Hellman outside the provider, by @noble/curves. */

import { x25519 } from "@noble/curves/ed25519.js";
import { x448 } from "@noble/curves/ed448.js";
import { createECDH } from "node:crypto";
import { isWeierstrassKeyType, type KeyType, PublicKey } from "@keyrail/core";
import { curveOf } from "./curves.ts";
import { fromBigEndian, toBigEndian } from "./integers.ts";
import { type KnownKeyPair, keyPairOfScalar } from "./key-material.ts";

/** The raw shared secret of a known pair and a public key: SEC 1 x coordinate, or the output of RFC 7748. */
export function agreeOutside(pair: KnownKeyPair, peer: PublicKey): Uint8Array {
  const { keyType, forms } = pair;
  if (keyType === "X25519" && forms.seed !== undefined) return x25519.getSharedSecret(forms.seed, peer.toRaw());
  if (keyType === "X448" && forms.seed !== undefined) return x448.getSharedSecret(forms.seed, peer.toRaw());
  if (!isWeierstrassKeyType(keyType) || forms.scalar === undefined) throw new TypeError(`${keyType} can't agree.`);
  const { Point, bytes } = curveOf(keyType);
  return toBigEndian(Point.fromBytes(peer.toRaw()).multiply(fromBigEndian(forms.scalar)).x, bytes);
}

const OPENSSL_CURVES: Readonly<Partial<Record<KeyType, string>>> = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
  secp256k1: "secp256k1",
};

/** Whether {@link peerWithLeadingZero} knows the curve. */
export function hasLeadingZeroSearch(keyType: KeyType): boolean {
  return OPENSSL_CURVES[keyType] !== undefined;
}

/** A key pair whose shared secret with this key starts with a zero byte: about 256 attempts, here and not there. */
export function peerWithLeadingZero(peer: PublicKey): KnownKeyPair {
  const curve = OPENSSL_CURVES[peer.keyType];
  if (curve === undefined) throw new TypeError(`${peer.keyType} is not searched.`);
  const raw = peer.toRaw();
  const ecdh = createECDH(curve);
  for (;;) {
    ecdh.generateKeys();
    if (ecdh.computeSecret(raw)[0] === 0) return keyPairOfScalar(peer.keyType, fromBigEndian(ecdh.getPrivateKey()));
  }
}

/** Points of low order (RFC 7748, section 7; the first and the last of the lists in RFC 7748 errata and the field). */
export function lowOrderPoints(keyType: "X25519" | "X448"): PublicKey[] {
  const length = keyType === "X25519" ? 32 : 56;
  const zero = new Uint8Array(length);
  const one = new Uint8Array(length);
  one[0] = 1;
  const points = [zero, one];
  if (keyType === "X25519") {
    points.push(
      new Uint8Array(Buffer.from("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "hex")),
      new Uint8Array(Buffer.from("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", "hex")),
    );
  }
  return points.map((raw) => PublicKey.fromRaw(keyType, raw));
}

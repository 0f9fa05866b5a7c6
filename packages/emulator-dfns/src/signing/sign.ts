/**
 * Signatures by reconstruction in memory. A real threshold network never puts the key together; an emulator does.
 * What a client can see is the same: the equations, the encodings and that every signature is different.
 */

import { createHash } from "node:crypto";
import { encodeHex } from "@keyrail/core";
import { signSchnorr } from "tiny-secp256k1";
import { takeRandomBytes } from "../random.ts";
import { groups } from "../threshold/groups.ts";
import { bytesToScalar, inverse, modulo, scalarToBytes } from "../threshold/scalar-bytes.ts";

/** `r` and `s` are `0x` and 64 lower-case hex (fact sheet, section 5). */
export interface RawSignature {
  readonly r: string;
  readonly s: string;
  readonly recid?: 0 | 1;
}

/**
 * ECDSA over a 32-byte hash taken as a big-endian integer, with a random nonce. secp256k1: low S, recid to match; stark:
 * S as it comes (section 12).
 */
export function signEcdsa(curve: "secp256k1" | "stark", secret: bigint, hash: Uint8Array): RawSignature {
  const { order, random } = groups[curve];
  for (;;) {
    const { scalar: nonce, point } = random();
    const x = bytesToScalar(point.subarray(1));
    const odd = point[0] === 0x03;
    // recid 2 and 3 (x not below the order) do not occur in the API: take another nonce.
    if (x === 0n || x >= order) continue;
    const s = modulo(inverse(nonce, order) * (bytesToScalar(hash) + x * secret), order);
    if (s === 0n) continue;
    const high = curve === "secp256k1" && s > order / 2n;
    const recid = odd === high ? 0 : 1;
    return { r: hex(x), s: hex(high ? order - s : s), recid };
  }
}

/** Pure Ed25519 (RFC 8032) under a bare scalar, with a random nonce as threshold signers use: never the same twice. */
export function signEd25519(secret: bigint, publicKey: Uint8Array, message: Uint8Array): RawSignature {
  const { order, random } = groups.ed25519;
  const { scalar: nonce, point: commitment } = random();
  const digest = createHash("sha512").update(commitment).update(publicKey).update(message).digest();
  const challenge = modulo(bytesToScalar(digest.toReversed()), order);
  const s = scalarToBytes(modulo(nonce + challenge * secret, order)).toReversed();
  return { r: `0x${encodeHex(commitment)}`, s: `0x${encodeHex(s)}` };
}

/**
 * BIP-340 by the BIP-341 output key: d = evenY(secret) + taggedHash("TapTweak", xonly(P) || root).
 * @param merkleRoot 32 bytes, or none for a key without a script tree.
 */
export function signTaproot(secret: bigint, hash: Uint8Array, merkleRoot: Uint8Array): RawSignature {
  const { order, publicKey } = groups.secp256k1;
  const point = publicKey(secret);
  const even = point[0] === 0x02 ? secret : order - secret;
  const tag = createHash("sha256").update("TapTweak").digest();
  const tweak = createHash("sha256").update(tag).update(tag).update(point.subarray(1)).update(merkleRoot).digest();
  const outputKey = scalarToBytes(modulo(even + bytesToScalar(tweak), order));
  const signature = signSchnorr(hash, outputKey, takeRandomBytes(32));
  return { r: `0x${encodeHex(signature.subarray(0, 32))}`, s: `0x${encodeHex(signature.subarray(32))}` };
}

function hex(scalar: bigint): string {
  return `0x${scalar.toString(16).padStart(64, "0")}`;
}

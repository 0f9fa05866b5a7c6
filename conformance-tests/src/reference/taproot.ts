/** The taproot tweak of BIP-341, by @noble/curves. */

import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { fromBigEndian, toBigEndian } from "./integers.ts";

const { Point } = secp256k1;

/** The x-only output key of an internal key: `lift_x(P) + H_TapTweak(P || root) G`. 32 bytes. */
export function taprootOutputKey(internalKey: Uint8Array, merkleRoot?: Uint8Array): Uint8Array {
  const internal = schnorr.utils.lift_x(fromBigEndian(internalKey));
  const tweak = tapTweak(internalKey, merkleRoot);
  return toBigEndian(internal.add(Point.BASE.multiply(tweak)).x, 32);
}

/** Signs under the output key (BIP-341, `taproot_sign_key`). */
export function taprootSign(scalar: Uint8Array, message: Uint8Array, merkleRoot?: Uint8Array): Uint8Array {
  const order = Point.Fn.ORDER;
  const secret = fromBigEndian(scalar);
  const internal = Point.BASE.multiply(secret);
  const even = internal.y % 2n === 0n ? secret : order - secret;
  const tweaked = (even + tapTweak(toBigEndian(internal.x, 32), merkleRoot)) % order;
  return schnorr.sign(message, toBigEndian(tweaked, 32));
}

function tapTweak(internalKey: Uint8Array, merkleRoot: Uint8Array | undefined): bigint {
  const hash = schnorr.utils.taggedHash("TapTweak", internalKey, merkleRoot ?? new Uint8Array(0));
  return fromBigEndian(hash) % Point.Fn.ORDER;
}

/** Signatures of the service in Keyrail's encodings (dfns.md, section 5). */

import {
  decodeHex,
  derSequence,
  derUnsignedInteger,
  KeyrailError,
  type Signature,
  type SignatureFormat,
  type SignRequest,
} from "@keyrail/core";
import type { DfnsSignature } from "../client/schemas.ts";
import { PROVIDER_NAME } from "../mapping.ts";

/** Orders of the groups ECDSA runs over, 32 bytes big-endian. */
const ORDERS = {
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  stark: 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
} as const;

/** `r || s`, 64 bytes, as it came. @throws KeyrailError `UnexpectedResponse` when there is no signature. */
export function rawSignature({ signature, status }: DfnsSignature): Uint8Array {
  if (!signature) {
    throw new KeyrailError("UnexpectedResponse", `Dfns says "${status}" of a signature, but gives none.`, {
      provider: PROVIDER_NAME,
      reason: "no signature",
    });
  }
  return decodeHex(signature.r.replace(/^0x/, "") + signature.s.replace(/^0x/, ""));
}

/** What the caller asked of an ECDSA signature. */
export type EcdsaWishes = Pick<SignRequest, "format" | "lowS" | "recoverable">;

/**
 * An ECDSA signature as asked: the lower S (default on secp256k1 alone), P1363 or DER.
 *
 * @param recoveryId that of the signature as it came; an S that is replaced flips its lowest bit.
 */
export function encodeEcdsa(
  curve: keyof typeof ORDERS,
  raw: Uint8Array,
  recoveryId: number | undefined,
  wishes: EcdsaWishes,
): Signature {
  const order = ORDERS[curve];
  let bytes = raw;
  let id = recoveryId;
  if (wishes.lowS ?? curve === "secp256k1") {
    const s = BigInt(`0x${Buffer.from(raw.subarray(32)).toString("hex")}`);
    if (s > order / 2n && s < order) {
      bytes = Uint8Array.from(raw);
      bytes.set(decodeHex((order - s).toString(16).padStart(64, "0")), 32);
      if (id !== undefined) id ^= 1;
    }
  }
  const signature = encodedAs(wishes.format, bytes);
  return wishes.recoverable === true && id !== undefined ? { signature, recoveryId: id } : { signature };
}

function encodedAs(format: SignatureFormat | undefined, raw: Uint8Array): Uint8Array {
  if (format !== "der") return raw;
  return derSequence(derUnsignedInteger(raw.subarray(0, 32)), derUnsignedInteger(raw.subarray(32)));
}

/** Solana's serialized transactions: places for signatures, then the message that is signed. */

import { encodeHex } from "@keyrail/core";
import { badRequest } from "../api-error.ts";

/** A transaction to sign: the bytes that are signed, and how the signature gets into it. */
export interface SolanaTransaction {
  readonly message: Uint8Array;
  /** `0x` and hexadecimal. */
  readonly withSignature: (signature: Uint8Array) => string;
}

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;

/**
 * Reads a legacy or versioned transaction.
 * @throws ApiError 400 for bytes that are none, or that the key is no signer of.
 */
export function readSolanaTransaction(bytes: Uint8Array, publicKey: Uint8Array): SolanaTransaction {
  const signatures = readLength(bytes, 0);
  const messageStart = signatures.end + signatures.value * SIGNATURE_BYTES;
  // A versioned message has one byte more, with its highest bit set.
  const header = messageStart + ((bytes[messageStart] ?? 0) >= 0x80 ? 1 : 0);
  const required = bytes[header] ?? 0;
  const keys = readLength(bytes, header + 3);
  if (keys.end + keys.value * KEY_BYTES > bytes.length || required > keys.value || required !== signatures.value) {
    throw badRequest("Transaction: not a serialized Solana transaction with a place for each signature");
  }
  const place = Array.from({ length: required }, (_, index) => index).find((index) => {
    const start = keys.end + index * KEY_BYTES;
    return Buffer.compare(bytes.subarray(start, start + KEY_BYTES), publicKey) === 0;
  });
  if (place === undefined) throw badRequest("Transaction: the key is none of its signers");
  return {
    message: bytes.subarray(messageStart),
    withSignature: (signature) => {
      const signed = bytes.slice();
      signed.set(signature, signatures.end + place * SIGNATURE_BYTES);
      return `0x${encodeHex(signed)}`;
    },
  };
}

/** Solana's compact length: seven bits a byte, the lowest first, at most three bytes. */
function readLength(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let position = 0; position < 3; position++) {
    const byte = bytes[start + position] ?? 0;
    value |= (byte & 0x7f) << (7 * position);
    if (byte < 0x80) return { value, end: start + position + 1 };
  }
  return { value, end: start + 3 };
}

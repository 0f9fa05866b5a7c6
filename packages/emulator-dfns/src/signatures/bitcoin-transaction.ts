/** Partially signed Bitcoin transactions (BIP-174, BIP-371). */

import { encodeHex } from "@keyrail/core";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { Transaction } from "@scure/btc-signer";
import { badRequest } from "../api-error.ts";
import { psbtIsFinalised } from "../assumptions.ts";
import { takeRandomBytes } from "../random.ts";
import { scalarToBytes } from "../threshold/scalar-bytes.ts";
import type { EncodedSignature, SignedOutcome } from "./encoded-signature.ts";

/** A key that signs inputs. */
export interface InputSigner {
  /** A Schnorr key signs Taproot inputs by the tweaked key, an ECDSA key the others. */
  readonly scheme: "ECDSA" | "Schnorr";
  /** 33-byte compressed SEC 1. */
  readonly publicKey: Uint8Array;
  readonly secret: bigint;
}

/**
 * Signs every input that is the key's; the `signedData` is the transaction with the signatures in it, still a PSBT.
 * @throws ApiError 400 for bytes that are no PSBT, or one without an input for the key.
 */
export function signPsbt(bytes: Uint8Array, signer: InputSigner): SignedOutcome {
  const transaction = read(bytes);
  const signatures: EncodedSignature[] = [];
  for (let index = 0; index < transaction.inputsLength; index++) {
    const isTaproot = transaction.getInput(index).tapInternalKey !== undefined;
    if (isTaproot === (signer.scheme === "Schnorr") && signs(transaction, index, signer)) {
      signatures.push(isTaproot ? taprootSignature(transaction, index) : ecdsaSignature(transaction, index, signer));
    }
  }
  const [signature] = signatures;
  if (signature === undefined) throw badRequest("Psbt: no input is one of the key's");
  if (psbtIsFinalised) transaction.finalize();
  const signed = psbtIsFinalised ? transaction.extract() : transaction.toPSBT();
  return { signature, signatures, signedData: `0x${encodeHex(signed)}` };
}

function read(bytes: Uint8Array): Transaction {
  try {
    return Transaction.fromPSBT(bytes);
  } catch (error) {
    throw badRequest(`Psbt: malformed: ${error instanceof Error ? error.message.slice(0, 200) : "unreadable"}`);
  }
}

/** False for an input of somebody else, which the library refuses by throwing. */
function signs(transaction: Transaction, index: number, { secret }: InputSigner): boolean {
  try {
    return transaction.signIdx(scalarToBytes(secret), index, undefined, takeRandomBytes(32));
  } catch {
    return false;
  }
}

/** `encoded` is what the input holds: r || s, and the kind of signature hash if it is not the default. */
function taprootSignature(transaction: Transaction, index: number): EncodedSignature {
  const encoded = encodeHex(transaction.getInput(index).tapKeySig ?? new Uint8Array(64));
  return { r: `0x${encoded.slice(0, 64)}`, s: `0x${encoded.slice(64, 128)}`, encoded: `0x${encoded}` };
}

/** `encoded` is DER, without the kind of signature hash that follows it in the input. */
function ecdsaSignature(transaction: Transaction, index: number, { publicKey }: InputSigner): EncodedSignature {
  const own = transaction.getInput(index).partialSig?.find(([key]) => Buffer.compare(key, publicKey) === 0);
  const der = own?.[1].subarray(0, -1) ?? new Uint8Array();
  const { r, s } = secp256k1.Signature.fromBytes(der, "der");
  const hex = (value: bigint): string => `0x${encodeHex(scalarToBytes(value))}`;
  return { r: hex(r), s: hex(s), encoded: `0x${encodeHex(der)}` };
}

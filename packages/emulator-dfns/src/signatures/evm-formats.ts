/** Formats of Evm chains that a library signs: authorizations (EIP-7702) and serialized transactions (EIP-2718). */

import { encodeHex } from "@keyrail/core";
import { authorization, Transaction } from "micro-eth-signer";
import { badRequest } from "../api-error.ts";
import type { RawSignature } from "../signing/sign.ts";
import { scalarToBytes } from "../threshold/scalar-bytes.ts";
import type { AuthorizationBody } from "./chain-bodies.ts";
import { type ChainPlan, encodedEvm } from "./encoded-signature.ts";

/** A scalar that is nobody's key. */
const NOBODY = 1n;

/** An authorization: keccak256(0x05 || rlp([chainId, address, nonce])). @throws ApiError 400 for no address. */
export function planAuthorization({ address, nonce, chainId }: AuthorizationBody): ChainPlan {
  const request = { address, nonce: BigInt(nonce), chainId: BigInt(chainId) };
  return planned("Eip7702", (secret) => {
    const { r, s, yParity } = authorization.sign(request, scalarToBytes(secret), true);
    return { signature: rawOf(r, s, yParity) };
  });
}

/**
 * A serialized transaction without signature; the signed one is the `signedData`.
 * @param hex without `0x`. @throws ApiError 400 for bytes that are no unsigned transaction.
 */
export function planEvmTransaction(hex: string): ChainPlan {
  return planned("Transaction", (secret) => {
    const unsigned = Transaction.fromHex(hex);
    if (unsigned.isSigned) throw new TypeError("it is signed already");
    const signed = unsigned.signBy(scalarToBytes(secret), true);
    const { r, s, yParity } = signed.raw as { r?: bigint; s?: bigint; yParity?: number };
    if (r === undefined || s === undefined) throw new TypeError("it takes no signature");
    return { signature: rawOf(r, s, yParity), signedData: signed.toHex() };
  });
}

/** What is malformed is refused now and not when an approval comes: nobody's key signs once for a trial. */
function planned(
  kind: string,
  sign: (secret: bigint) => { readonly signature: RawSignature; readonly signedData?: string },
): ChainPlan {
  const run: ChainPlan = (secret) => {
    const { signature, ...rest } = sign(secret);
    return { signature: encodedEvm(signature), ...rest };
  };
  try {
    run(NOBODY);
  } catch (error) {
    throw badRequest(`${kind}: malformed: ${error instanceof Error ? error.message.slice(0, 200) : "unreadable"}`);
  }
  return run;
}

function rawOf(r: bigint, s: bigint, yParity: number | undefined): RawSignature {
  return {
    r: `0x${encodeHex(scalarToBytes(r))}`,
    s: `0x${encodeHex(scalarToBytes(s))}`,
    recid: yParity === 1 ? 1 : 0,
  };
}

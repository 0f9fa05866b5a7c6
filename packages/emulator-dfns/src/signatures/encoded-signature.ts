import type { RawSignature } from "../signing/sign.ts";

/** The `signature` member of a signature object. */
export interface EncodedSignature extends RawSignature {
  /** With a chain format: Evm and Tron r || s || (1b or 1c), EdDSA chains r || s, inputs of a PSBT in DER. */
  readonly encoded?: string;
}

/** What signing gives. */
export interface SignedOutcome {
  readonly signature: EncodedSignature;
  /** Of a transaction with several inputs: one for each input signed, in their order. */
  readonly signatures?: readonly EncodedSignature[];
  /** What goes to the chain, `0x` and hexadecimal: the transaction with the signature in it. */
  readonly signedData?: string;
}

/** Signs a chain format with a key, given as its scalar. */
export type ChainPlan = (secret: bigint) => SignedOutcome;

export function encodedEvm(signature: RawSignature): EncodedSignature {
  return { ...signature, encoded: `${joined(signature)}${signature.recid === 1 ? "1c" : "1b"}` };
}

export function encodedEdDsa(signature: RawSignature): EncodedSignature {
  return { ...signature, encoded: joined(signature) };
}

function joined({ r, s }: RawSignature): string {
  return `0x${r.slice(2)}${s.slice(2)}`;
}

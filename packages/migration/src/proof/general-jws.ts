/** JWS in the general JSON serialization (RFC 7515, section 7.2.1), as far as succession statements need it. */

import { encodeBase64Url, type PublicKey, tryDecodeBase64Url } from "@keyrail/core";
import type { GeneralJws } from "./proof.ts";
import { algorithmOfHeader, type SuccessionAlgorithm, verifySignature } from "./succession-algorithms.ts";
import { STATEMENT_TYPE } from "./succession-statement.ts";

const encoder = new TextEncoder();

/** What one party signs. */
export interface SigningInput {
  /** The protected header, base64url. */
  readonly header: string;
  /** `header.payload`, ASCII. */
  readonly bytes: Uint8Array;
}

/** The signing input of one party: its header names the algorithm, the key by its thumbprint, and the payload's type. */
export function signingInput(
  how: SuccessionAlgorithm,
  publicKey: PublicKey,
  payload: Uint8Array,
  type: string = STATEMENT_TYPE,
): SigningInput {
  const header = encodeBase64Url(
    encoder.encode(JSON.stringify({ alg: how.alg, kid: publicKey.thumbprint(), typ: `${type}+jws` })),
  );
  return { header, bytes: encoder.encode(`${header}.${encodeBase64Url(payload)}`) };
}

/** The two signatures of a statement as one JWS. */
export function generalJws(
  payload: Uint8Array,
  signatures: readonly { readonly header: string; readonly signature: Uint8Array }[],
): GeneralJws {
  return {
    payload: encodeBase64Url(payload),
    signatures: signatures.map(({ header, signature }) => ({
      protected: header,
      signature: encodeBase64Url(signature),
    })),
  };
}

/**
 * Why a statement does not hold; undefined when it does: this payload to the byte, signed by the old key first and the
 * new one second, each under a header that is exactly what {@link signingInput} writes for its algorithm.
 */
export async function statementFault(
  jws: GeneralJws,
  payload: Uint8Array,
  oldKey: PublicKey,
  newKey: PublicKey,
): Promise<string | undefined> {
  if (jws.payload !== encodeBase64Url(payload)) return "the statement speaks of another move than the plan";
  if (jws.signatures.length !== 2) return `it has ${jws.signatures.length} signatures instead of two`;
  for (const [index, publicKey] of [oldKey, newKey].entries()) {
    const whose = index === 0 ? "old" : "new";
    const given = jws.signatures[index];
    const alg = given && algOf(given.protected);
    const how = alg === undefined ? undefined : algorithmOfHeader(publicKey.keyType, alg);
    if (given === undefined || how === undefined) return `the ${whose} key's header names no algorithm of its type`;
    const { header, bytes } = signingInput(how, publicKey, payload);
    if (header !== given.protected) return `the ${whose} key's header is not the one of that key`;
    const signature = tryDecodeBase64Url(given.signature);
    if (signature === undefined || !(await verifySignature(how, publicKey, bytes, signature))) {
      return `the ${whose} key's signature does not verify`;
    }
  }
  return undefined;
}

/** The `alg` of a protected header; undefined when there is none. */
export function algOf(header: string): string | undefined {
  const bytes = tryDecodeBase64Url(header);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value !== "object" || value === null || !("alg" in value)) return undefined;
    return typeof value.alg === "string" ? value.alg : undefined;
  } catch {
    return undefined;
  }
}

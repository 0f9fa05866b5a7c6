/** The signers of the cluster, in the order that numbers the shares (dfns.md, section 8, steps 1 and 2). */

import { KeyrailError, tryDecodeBase64 } from "@keyrail/core";
import type { DfnsSigner, SignerClusters } from "../client/schemas.ts";
import { PROVIDER_NAME } from "../mapping.ts";

/** One share holder. */
export interface ShareSigner {
  /** As the service wrote it: base64. */
  readonly signerId: string;
  /** Compressed secp256k1 point, 33 bytes. */
  readonly encryptionKey: Uint8Array;
}

/** The first byte of an encryption key: which kind of key follows. */
const SECP256K1_KEY = 1;
const ENCRYPTION_KEY_BYTES = 34;

/**
 * The signers of the first cluster, **by the bytes of their decoded ids**, not by the base64 text. Position 1..n is the
 * share index.
 *
 * @throws KeyrailError `UnexpectedResponse` for ids or keys that can't be read, or an id that comes twice.
 */
export function rankSigners({ clusters }: SignerClusters): readonly ShareSigner[] {
  const signers = clusters[0]?.signers ?? [];
  const ranked = signers
    .map((signer) => ({
      id: idOf(signer),
      signer: { signerId: signer.signerId, encryptionKey: encryptionKeyOf(signer) },
    }))
    .toSorted((left, right) => Buffer.compare(left.id, right.id));
  for (const [position, { id }] of ranked.entries()) {
    const next = ranked[position + 1];
    if (next !== undefined && Buffer.compare(id, next.id) === 0) throw unreadable("a signer twice");
  }
  return ranked.map(({ signer }) => signer);
}

function idOf({ signerId }: DfnsSigner): Uint8Array {
  const id = tryDecodeBase64(signerId);
  if (id === undefined || id.length === 0) throw unreadable("a signer id that is not base64");
  return id;
}

function encryptionKeyOf({ encryptionKey }: DfnsSigner): Uint8Array {
  const bytes = tryDecodeBase64(encryptionKey);
  if (bytes?.length !== ENCRYPTION_KEY_BYTES || bytes[0] !== SECP256K1_KEY) {
    throw unreadable("an encryption key that is not 01 and a compressed secp256k1 point");
  }
  return bytes.subarray(1);
}

function unreadable(what: string): KeyrailError<"UnexpectedResponse"> {
  return new KeyrailError("UnexpectedResponse", `Dfns lists ${what}; nothing was imported.`, {
    provider: PROVIDER_NAME,
    reason: what,
  });
}

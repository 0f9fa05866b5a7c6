/** Export's inverse: the shares that come back, decrypted and combined (dfns.md, section 9). */

import { randomBytes } from "node:crypto";
import { encodeBase64, KeyrailError, PublicKey, tryDecodeBase64, tryDecodeHex, wipe } from "@keyrail/core";
import { loadEcies, loadSecretSharing, openPrivateKey } from "@keyrail/crypto";
import type { ExportKeyBody } from "../client/requests.ts";
import type { ExportAnswer } from "../client/schemas.ts";
import { CURVES, KEY_KINDS, type KeyKind, kindOfProtocol, PROVIDER_NAME } from "../mapping.ts";
import { SHARE_ECIES } from "./encrypt-shares.ts";
import { type ExportedShare, readExportedShare, wipeShares } from "./share-document.ts";

/** Every pair the vendor's export module knows. */
export const EXPORT_SCHEMES: ExportKeyBody["supportedSchemes"] = KEY_KINDS.filter((kind) => kind.portable).map(
  ({ protocol, curve }) => ({ protocol, curve }),
);

/** The key pair an export is encrypted for. */
export interface ExportRecipient {
  /** As sent: base64 of 01 and the compressed point. */
  readonly encryptionKey: string;
  /** 32 bytes. The caller wipes it. */
  readonly privateKey: Uint8Array;
}

/** A fresh recipient for one export; of `privateKey` in tests. */
export function exportRecipient(privateKey: Uint8Array = randomPrivateKey()): ExportRecipient {
  const opened = openPrivateKey({ keyType: "secp256k1", format: "scalar", bytes: privateKey });
  const point = PublicKey.fromTrustedRaw("secp256k1", opened.publicKey).toCompressed();
  opened.wipe();
  return { encryptionKey: encodeBase64(Buffer.concat([Uint8Array.of(1), point])), privateKey };
}

function randomPrivateKey(): Uint8Array {
  for (;;) {
    const candidate = randomBytes(32);
    try {
      openPrivateKey({ keyType: "secp256k1", format: "scalar", bytes: candidate }).wipe();
      return candidate;
    } catch {
      // Not in 1..n-1: a chance of 2^-128. Draw again.
    }
  }
}

/** What an export gives. */
export interface OpenedExport {
  /** 32 bytes, big-endian on every curve. The caller wipes it. */
  readonly scalar: Uint8Array;
  readonly chainCode: Uint8Array | undefined;
}

/**
 * Decrypts every share, interpolates over all of them, and requires that the result is the private key of the public key
 * in the answer and of `expected`.
 *
 * @throws KeyrailError `UnexpectedResponse`: another kind of key, fewer shares than signers needed, a share that does not
 *   open or fit, a scalar that is not the key's.
 */
export async function openExport(
  answer: ExportAnswer,
  kind: KeyKind,
  expected: PublicKey,
  privateKey: Uint8Array,
): Promise<OpenedExport> {
  if (kindOfProtocol(answer.protocol, answer.curve) !== kind) throw bad("a key of another kind");
  if (answer.minSigners > answer.encryptedKeyShares.length) throw bad("fewer shares than it takes");
  const point = tryDecodeHex(answer.publicKey);
  if (point === undefined || !isSameKey(kind, point, expected)) throw bad("another key");
  const [{ secretSharing }, ecies] = await Promise.all([loadSecretSharing(), loadEcies()]);
  const shares: ExportedShare[] = [];
  try {
    for (const { encryptedKeyShare } of answer.encryptedKeyShares) {
      const message = tryDecodeBase64(encryptedKeyShare);
      if (message === undefined) throw bad("a share that is not base64");
      const plaintext = ecies.decrypt(privateKey, message, SHARE_ECIES);
      try {
        shares.push(readExportedShare(kind.curve, plaintext));
      } finally {
        wipe(plaintext);
      }
    }
    const chainCode = commonChainCode(shares);
    const scalar = secretSharing(CURVES[kind.curve]).combine(shares, expected.toRaw());
    return { scalar, chainCode };
  } catch (error) {
    if (error instanceof KeyrailError && error.code !== "UnexpectedResponse")
      throw bad("shares that do not fit", error);
    throw error;
  } finally {
    wipeShares(shares);
  }
}

function isSameKey(kind: KeyKind, point: Uint8Array, expected: PublicKey): boolean {
  try {
    return PublicKey.fromRaw(kind.keyType, point).equals(expected);
  } catch (error) {
    if (error instanceof KeyrailError) return false;
    throw error;
  }
}

function commonChainCode(shares: readonly ExportedShare[]): Uint8Array | undefined {
  const first = shares[0]?.chainCode;
  for (const { chainCode } of shares) {
    const same =
      first === undefined ? chainCode === undefined : chainCode !== undefined && Buffer.compare(first, chainCode) === 0;
    if (!same) throw bad("shares with different chain codes");
  }
  return first;
}

function bad(what: string, cause?: unknown): KeyrailError<"UnexpectedResponse"> {
  return new KeyrailError(
    "UnexpectedResponse",
    `Dfns exported ${what}; the key material was discarded.`,
    { provider: PROVIDER_NAME, reason: what },
    cause === undefined ? {} : { cause },
  );
}

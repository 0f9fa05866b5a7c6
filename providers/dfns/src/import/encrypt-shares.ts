/** Splitting a private key and encrypting each share for its signer (dfns.md, section 8, steps 3 to 7). */

import { encodeBase64, KeyrailError, wipe } from "@keyrail/core";
import { loadEcies, loadSecretSharing } from "@keyrail/crypto";
import { CURVES, type Curve, PROVIDER_NAME } from "../mapping.ts";
import { wipeShares, writeShare } from "./share-document.ts";
import type { ShareSigner } from "./share-signers.ts";

/** How many signers sign, of all there are: the API accepts nothing else (dfns.md, section 8.3). */
export const THRESHOLD = 3;

/** ECIES parameters of import and export shares alike. */
export const SHARE_ECIES: { readonly salt: Uint8Array; readonly info: Uint8Array } = {
  salt: Buffer.from("DFNS_KEY_IMPORT"),
  info: Buffer.from("ENCRYPTION_KEY"),
};

/** What is split. */
export interface SecretToShare {
  readonly curve: Curve;
  /** 32 bytes, big-endian; wiped by the caller. */
  readonly scalar: Uint8Array;
  /** 32 bytes, for a master key. */
  readonly chainCode?: Uint8Array;
  /** Default {@link THRESHOLD}. */
  readonly threshold?: number;
}

/** **For reproducing the published test vectors only**: what is random otherwise. */
export interface FixedRandomness {
  /** threshold - 1 coefficients, 32 bytes big-endian. */
  readonly coefficients: readonly Uint8Array[];
  /** One ephemeral private key per signer, in rank order. */
  readonly ephemeralPrivateKeys: readonly Uint8Array[];
}

/** A private key, ready to be sent. */
export interface EncryptedSecret {
  readonly threshold: number;
  /** In rank order. */
  readonly shares: readonly { readonly signerId: string; readonly encryptedKeyShare: string }[];
  /** Canonical raw public key of the scalar, to compare with what the service answers. */
  readonly publicKey: Uint8Array;
}

/**
 * Splits a scalar for the signers and encrypts each share. Shares are wiped before this returns.
 *
 * @param signers in rank order, as `rankSigners` gives them.
 * @throws KeyrailError `InvalidKeyMaterial` for a bad scalar; `UnexpectedResponse` for too few signers or a signer's key
 *   that is no point.
 */
export async function encryptShares(
  secret: SecretToShare,
  signers: readonly ShareSigner[],
  fixed?: FixedRandomness,
): Promise<EncryptedSecret> {
  const { curve, scalar, chainCode, threshold = THRESHOLD } = secret;
  if (signers.length < threshold) {
    throw new KeyrailError(
      "UnexpectedResponse",
      `Dfns lists ${signers.length} signers; a key is split for at least ${threshold}. Nothing was imported.`,
      { provider: PROVIDER_NAME, reason: "too few signers" },
    );
  }
  const [{ secretSharing }, ecies] = await Promise.all([loadSecretSharing(), loadEcies()]);
  const split = secretSharing(CURVES[curve]).split(scalar, {
    threshold,
    shares: signers.length,
    ...(fixed === undefined ? {} : { coefficients: fixed.coefficients }),
  });
  try {
    const shares = split.shares.map((share, position) => {
      const signer = signers[position];
      if (signer === undefined) throw new RangeError("more shares than signers");
      const plaintext = writeShare(curve, share, split.publicShares, chainCode);
      const ephemeralPrivateKey = fixed?.ephemeralPrivateKeys[position];
      try {
        const message = ecies.encrypt(signer.encryptionKey, plaintext, {
          ...SHARE_ECIES,
          ...(ephemeralPrivateKey === undefined ? {} : { ephemeralPrivateKey }),
        });
        return { signerId: signer.signerId, encryptedKeyShare: encodeBase64(message) };
      } finally {
        wipe(plaintext);
      }
    });
    return { threshold, shares, publicKey: split.publicKey };
  } finally {
    wipeShares(split.shares);
  }
}

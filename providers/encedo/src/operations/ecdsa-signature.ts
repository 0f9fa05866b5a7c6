/** ECDSA signatures as they come from the device, checked and brought into the form asked for. */

import { createHash } from "node:crypto";
import { PublicKey, type SignatureFormat } from "@keyrail/core";
import { derFromP1363, normaliseLowS, p1363FromDer, recoverCandidates } from "@keyrail/crypto";
import type { ModeKeyType } from "../mapping.ts";

/** Hashes of the device's ECDSA algorithms. */
const HASHES: Readonly<Record<string, string>> = {
  SHA256WithECDSA: "sha256",
  SHA384WithECDSA: "sha384",
  SHA512WithECDSA: "sha512",
};

/**
 * Finds the public key that made a signature, without a request: from `r`, `s` and the digest at most four keys can be
 * computed, and the device's key id is the start of the SHA-1 of the compressed public key (section 4). A signature that
 * recovers to a key of that id is one of that key.
 */
export function recoverByKid(
  curve: ModeKeyType,
  kid: string,
  p1363: Uint8Array,
  alg: string,
  message: Uint8Array,
): { readonly publicKey: PublicKey; readonly recoveryId: number } | undefined {
  for (const { publicKey, recoveryId } of candidates(curve, p1363, alg, message)) {
    if (kidOf(publicKey.toCompressed()) === kid) return { publicKey, recoveryId };
  }
  return undefined;
}

/** The recovery id of a signature under a known key; undefined when the signature is not one of it. */
export function recoveryIdOf(
  publicKey: PublicKey,
  curve: ModeKeyType,
  p1363: Uint8Array,
  alg: string,
  message: Uint8Array,
): number | undefined {
  return candidates(curve, p1363, alg, message).find((candidate) => candidate.publicKey.equals(publicKey))?.recoveryId;
}

function candidates(
  curve: ModeKeyType,
  p1363: Uint8Array,
  alg: string,
  message: Uint8Array,
): { readonly publicKey: PublicKey; readonly recoveryId: number }[] {
  const hash = HASHES[alg];
  if (hash === undefined) return [];
  const digest = createHash(hash).update(message).digest();
  return recoverCandidates(curve, p1363, digest).map(({ publicKey, recoveryId }) => ({
    publicKey: PublicKey.fromTrustedRaw(curve, publicKey),
    recoveryId,
  }));
}

/** The id the device gives a public key: the first 16 bytes of the SHA-1 of its bytes as they are sent, in hex. */
export function kidOf(transportBytes: Uint8Array): string {
  return createHash("sha1").update(transportBytes).digest("hex").slice(0, 32);
}

/** `r || s` of the device's DER; undefined when it is not strict DER for the curve. */
export function fromDevice(curve: ModeKeyType, der: Uint8Array): Uint8Array | undefined {
  return p1363FromDer(curve, der);
}

/** The signature in the encoding asked for, with the lower S when asked; `flipped` says that the recovery id changes. */
export function toCaller(
  curve: ModeKeyType,
  p1363: Uint8Array,
  asked: { readonly format: SignatureFormat; readonly lowS: boolean },
): { readonly signature: Uint8Array; readonly flipped: boolean } {
  const normal = asked.lowS ? normaliseLowS(curve, p1363) : { signature: p1363, changed: false };
  const signature = asked.format === "der" ? derFromP1363(normal.signature) : normal.signature;
  return { signature, flipped: normal.changed };
}

/** Signing and verifying with opened keys. */

import type { Signature } from "@keyrail/core";
import { runInPool, schedule } from "../engines/in-flight.ts";
import { isLarge } from "../engines/large-input.ts";
import { type OpenedPrivateKey, type OpenedPublicKey, privatePartsOf, publicPartsOf } from "../keys/opened-keys.ts";
import { signatureScheme } from "./signature-schemes.ts";
import type { SignRequest, VerifyRequest } from "./signature-scheme.ts";

/**
 * Signs.
 *
 * Errors: `InvalidRequest` for an algorithm the key type does not have, a wrong input form or a wrong length;
 * `Closed` for a wiped key.
 */
export function sign(key: OpenedPrivateKey, request: SignRequest): Signature {
  return signatureScheme(key.keyType, request.algorithm).sign(privatePartsOf(key), request);
}

/**
 * {@link sign}; operations of 100 us and more use the thread pool when others are in flight, and those over a message
 * above 1 MiB always, where the engine is `node:crypto`.
 */
export async function signAsync(key: OpenedPrivateKey, request: SignRequest): Promise<Signature> {
  const scheme = signatureScheme(key.keyType, request.algorithm);
  const parts = privatePartsOf(key);
  const inPool = scheme.signInPool?.(parts, request);
  if (inPool === undefined) return scheme.sign(parts, request);
  return isLarge(request.message) ? runInPool(inPool) : schedule(() => scheme.sign(parts, request), inPool);
}

/**
 * Verifies. Every signature that is not valid is answered with false, malformed ones included.
 *
 * Errors: `InvalidRequest` for an algorithm the key type does not have, a wrong input form or a wrong length of
 * anything but the signature.
 */
export function verify(key: OpenedPublicKey | OpenedPrivateKey, request: VerifyRequest): boolean {
  return signatureScheme(key.keyType, request.algorithm).verify(publicPartsOf(key), request);
}

/** {@link verify}; in the thread pool as {@link signAsync}, P-256 and Ed25519 included. */
export async function verifyAsync(key: OpenedPublicKey | OpenedPrivateKey, request: VerifyRequest): Promise<boolean> {
  const scheme = signatureScheme(key.keyType, request.algorithm);
  const parts = publicPartsOf(key);
  const inPool = scheme.verifyInPool?.(parts, request);
  if (inPool === undefined) return scheme.verify(parts, request);
  return isLarge(request.message) ? runInPool(inPool) : schedule(() => scheme.verify(parts, request), inPool);
}

/** Signing and verifying with opened keys. */

import type { Signature } from "@keyrail/core";
import { schedule } from "../engines/in-flight.ts";
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

/** {@link sign}; operations of 100 us and more use the thread pool when others are in flight. */
export async function signAsync(key: OpenedPrivateKey, request: SignRequest): Promise<Signature> {
  const scheme = signatureScheme(key.keyType, request.algorithm);
  const parts = privatePartsOf(key);
  const inPool = scheme.signInPool?.(parts, request);
  return inPool === undefined ? scheme.sign(parts, request) : schedule(() => scheme.sign(parts, request), inPool);
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

/** {@link verify}; operations of about 100 us and more use the thread pool when others are in flight. */
export async function verifyAsync(key: OpenedPublicKey | OpenedPrivateKey, request: VerifyRequest): Promise<boolean> {
  const scheme = signatureScheme(key.keyType, request.algorithm);
  const parts = publicPartsOf(key);
  const inPool = scheme.verifyInPool?.(parts, request);
  return inPool === undefined ? scheme.verify(parts, request) : schedule(() => scheme.verify(parts, request), inPool);
}

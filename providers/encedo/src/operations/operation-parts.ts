/** What every port of operations is made of, and what a 406 means for an operation on a key. */

import { KeyrailError, type KeyType, type Usage } from "@keyrail/core";
import type { CryptoEndpoints } from "../client/crypto-endpoints.ts";
import type { CallLimits, Timing } from "../client/limits.ts";
import { refused } from "../errors.ts";
import type { KeyDirectory } from "../keys/key-directory.ts";
import type { KeyReader } from "../keys/key-reader.ts";

/** What the ports of operations share. */
export interface OperationParts {
  readonly uri: string;
  readonly crypto: CryptoEndpoints;
  readonly reader: KeyReader;
  readonly directory: KeyDirectory;
  readonly timing: Timing;
}

/**
 * Why the device answered 406: it says the same for a missing key, a key of another type, a missing flag and a failed
 * operation. One request, with the token at hand, tells the first two from the rest.
 *
 * @param fits whether keys of a type can do it at all.
 * @returns undefined when the key is there and of a fitting type.
 * @throws `KeyNotFound`, `UsageNotPermitted`.
 */
export async function explainRefusal(
  parts: OperationParts,
  kid: string,
  asked: { readonly usage: Usage; readonly fits: (keyType: KeyType) => boolean },
  limits: CallLimits,
): Promise<void> {
  const facts = await parts.reader.facts(kid, limits, true);
  const keyType = facts?.keyType ?? parts.directory.get(kid)?.keyType;
  if (keyType === undefined || asked.fits(keyType)) return;
  throw usageNotPermitted(parts.uri, kid, asked.usage, `it is a ${keyType} key`);
}

/**
 * Makes sure that a key is of the one type an algorithm is for, where the device itself would use any: it takes the hash
 * of a MAC from the key, and a longer AES key for a shorter cipher. One request when the type is not known yet.
 *
 * @throws `KeyNotFound`, `UsageNotPermitted`.
 */
export async function requireKeyType(
  parts: OperationParts,
  kid: string,
  asked: { readonly usage: Usage; readonly algorithm: string; readonly keyType: KeyType },
  limits: CallLimits,
): Promise<void> {
  const keyType = parts.directory.get(kid)?.keyType ?? (await parts.reader.facts(kid, limits, true))?.keyType;
  if (keyType === undefined || keyType === asked.keyType) return;
  throw usageNotPermitted(parts.uri, kid, asked.usage, `it is a ${keyType} key and not one for ${asked.algorithm}`);
}

/** The key is there and does not allow it. */
export function usageNotPermitted(
  uri: string,
  kid: string,
  usage: Usage,
  why: string,
): KeyrailError<"UsageNotPermitted"> {
  const key = `${uri}/${kid}`;
  return new KeyrailError("UsageNotPermitted", `The key ${key} may not be used to ${usage}: ${why}.`, { key, usage });
}

/** A 406 with the right key of the right type. */
export function operationFailed(operation: string): KeyrailError {
  return refused(operation, "the operation failed on the device (406), or the key was not made for it");
}

/** The kind of key a request means, or the refusal. */

import { type CreateRequest, type ImportEncryptedSharesRequest, KeyrailError } from "@keyrail/core";
import { type KeyKind, kindFor, PROVIDER_NAME, type WantedKind } from "../mapping.ts";

/** The kind of key a request means. The gate has seen the rows; a part of a set of algorithms is refused here. */
export function requiredKind(wanted: WantedKind, operation: string): KeyKind {
  const kind = kindFor(wanted);
  if (kind !== undefined) return kind;
  throw unsupported(
    operation,
    `A ${wanted.keyType} key can't be restricted to ${wanted.algorithms?.join(", ") ?? "nothing"} alone; name all algorithms of its kind.`,
  );
}

/** Whether a master key is asked for: by the derivation of its children, or by the usage `derive` on a key that signs. */
export function isMaster(kind: KeyKind, request: CreateRequest | ImportEncryptedSharesRequest): boolean {
  return request.hierarchical !== undefined || (kind.hierarchical !== undefined && request.usages.includes("derive"));
}

/** `UnsupportedCapability` with these words. */
export function unsupported(operation: string, text: string): KeyrailError<"UnsupportedCapability"> {
  return new KeyrailError("UnsupportedCapability", text, { provider: PROVIDER_NAME, operation });
}

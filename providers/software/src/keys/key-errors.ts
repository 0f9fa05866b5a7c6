/** Errors about keys, with one text per situation. */

import { KeyrailError, type KeyType } from "@keyrail/core";

/** `KeyNotFound`. */
export function keyNotFound(uri: string): KeyrailError<"KeyNotFound"> {
  return new KeyrailError("KeyNotFound", `There is no key ${uri}.`, { key: uri });
}

/** `UsageNotPermitted`: the key's usages or algorithms leave it out. */
export function usageNotPermitted(
  key: string,
  usage: string,
  allowed: readonly string[],
): KeyrailError<"UsageNotPermitted"> {
  return new KeyrailError(
    "UsageNotPermitted",
    `The key ${key} may not be used for ${usage}; it may be used for ${allowed.join(", ") || "nothing"}.`,
    { key, usage },
  );
}

/** `UnsupportedCapability`: the key has no half that could do it. */
export function notWithThisKey(
  operation: string,
  keyType: KeyType,
  nearest: string,
): KeyrailError<"UnsupportedCapability"> {
  return new KeyrailError(
    "UnsupportedCapability",
    `The software provider can't ${operation} with this ${keyType} key. ${nearest}`,
    { provider: "software", operation, keyType, nearest },
  );
}

/** `InvalidRequest` about one member. */
export function invalidRequest(path: string, message: string): KeyrailError<"InvalidRequest"> {
  return new KeyrailError("InvalidRequest", message, { path });
}

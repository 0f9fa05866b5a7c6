/** The errors of this package: every one is a {@link KeyrailError}, with one text per situation. */

import { KeyrailError } from "@keyrail/core";

/** `InvalidKeyMaterial`: bytes that are not the key they are said to be. */
export function invalidKeyMaterial(reason: string, cause?: unknown): KeyrailError<"InvalidKeyMaterial"> {
  return new KeyrailError("InvalidKeyMaterial", `This is not a valid key: ${reason}.`, { reason }, { cause });
}

/** `InvalidRequest`: a request that no key could serve. */
export function invalidRequest(message: string, path?: string): KeyrailError<"InvalidRequest"> {
  return new KeyrailError("InvalidRequest", message, path === undefined ? {} : { path });
}

/** `DecryptionFailed`: one code and one text for every cause, so that nothing can be learned from it. */
export function decryptionFailed(algorithm: string): KeyrailError<"DecryptionFailed"> {
  return new KeyrailError("DecryptionFailed", "The ciphertext does not open under this key.", { algorithm });
}

/** `UnsupportedCapability`: this runtime has no implementation of the algorithm. */
export function notInThisRuntime(what: string, algorithm: string): KeyrailError<"UnsupportedCapability"> {
  return new KeyrailError(
    "UnsupportedCapability",
    `${what} is not available in this runtime (Node.js ${process.versions.node}).`,
    { provider: "crypto", operation: what, algorithm },
  );
}

/** `Closed`: the opened key was wiped. */
export function keyWiped(): KeyrailError<"Closed"> {
  return new KeyrailError("Closed", "This opened key was wiped; open it again.", { what: "opened key" });
}

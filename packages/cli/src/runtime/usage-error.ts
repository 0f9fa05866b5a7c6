import { KeyrailError } from "@keyrail/core";

/** `InvalidRequest` about an argument, an option or a file: one sentence, and the option or argument it is about. */
export function usageError(message: string, path: string, cause?: unknown): KeyrailError<"InvalidRequest"> {
  return new KeyrailError("InvalidRequest", message, { path }, cause === undefined ? {} : { cause });
}

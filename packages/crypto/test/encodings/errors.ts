/** Assertions about the errors of key files. */

import { isKeyrailError, type KeyrailError } from "@keyrail/core";
import { expect } from "vitest";

/** The KeyrailError a promise is rejected with; anything else, and no rejection, fails the test. */
export async function refusal(promise: Promise<unknown>): Promise<KeyrailError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isKeyrailError(error)) throw new Error("expected a KeyrailError", { cause: error });
  // One or two sentences, on one line.
  expect(error.message).toMatch(/^[A-Z].*[.]$/);
  expect(error.message).not.toContain("\n");
  return error;
}

/** The `reason` in the context of the `InvalidKeyMaterial` a promise is rejected with, or else its code. */
export async function refusalReason(promise: Promise<unknown>): Promise<string> {
  const error = await refusal(promise);
  return isKeyrailError(error, "InvalidKeyMaterial") ? error.context.reason : error.code;
}

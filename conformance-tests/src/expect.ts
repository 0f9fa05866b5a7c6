/** The assertions of the checks. Their texts go into the report: they name what was asked and what came, never a secret. */

import { type ErrorCode, isKeyrailError, type KeyrailError } from "@keyrail/core";
import { ExpectationFailed, RawProviderError, RunEnded } from "./outcome.ts";

/** Fails the check with this text unless the condition holds. */
export function expectThat(condition: boolean, failure: string): asserts condition {
  if (!condition) throw new ExpectationFailed(failure);
}

/** Fails unless the value is there, and gives it. */
export function expectPresent<Value>(value: Value | undefined, failure: string): Value {
  if (value === undefined) throw new ExpectationFailed(failure);
  return value;
}

/** Fails unless it is a `Uint8Array` of this length. */
export function expectLength(bytes: Uint8Array, length: number, what: string): void {
  expectThat(bytes instanceof Uint8Array, `${what} is not a Uint8Array`);
  expectThat(bytes.length === length, `${what} has ${bytes.length} bytes, not ${length}`);
}

/** Whether two byte strings are the same. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** Fails unless the promise rejects with a `KeyrailError` of one of the codes; gives the error. */
export async function expectRejection(
  codes: ErrorCode | readonly ErrorCode[],
  what: string,
  call: () => Promise<unknown>,
): Promise<KeyrailError> {
  const expected: readonly ErrorCode[] = typeof codes === "string" ? [codes] : codes;
  const names = expected.join(" or ");
  try {
    await call();
  } catch (error) {
    if (error instanceof RunEnded) throw error;
    if (error instanceof RawProviderError) throw new ExpectationFailed(`${what}: ${error.message}`, { cause: error });
    if (!isKeyrailError(error)) throw error;
    expectThat(expected.includes(error.code), `${what} is refused with ${error.code} instead of ${names}`);
    return error;
  }
  throw new ExpectationFailed(`${what} is accepted; it must be refused with ${names}`);
}

/** As {@link expectRejection}, for calls that throw at once (opened keys). */
export function expectThrow(codes: ErrorCode | readonly ErrorCode[], what: string, call: () => unknown): void {
  const expected: readonly ErrorCode[] = typeof codes === "string" ? [codes] : codes;
  try {
    call();
  } catch (error) {
    expectThat(isKeyrailError(error), `${what} fails with an error that is not a KeyrailError`);
    expectThat(
      expected.includes(error.code),
      `${what} is refused with ${error.code} instead of ${expected.join(" or ")}`,
    );
    return;
  }
  throw new ExpectationFailed(`${what} is accepted; it must be refused with ${expected.join(" or ")}`);
}

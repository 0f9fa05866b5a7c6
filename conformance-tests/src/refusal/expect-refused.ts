import { describeOperation, type ErrorCode, isKeyrailError, type OperationDescriptor } from "@keyrail/core";
import type { CheckContext } from "../context.ts";
import { expectThat } from "../expect.ts";
import { ExpectationFailed } from "../outcome.ts";
import { type PreparedCall, prepare } from "./attempt.ts";

/**
 * Proves that an operation that is not declared is refused with `UnsupportedCapability`, and that nothing is sent for
 * it where the harness counts requests. A missing port is a refusal by itself.
 *
 * When no key of the type is to be had at all, nothing but the declaration can know what was meant: then it is as good
 * to say that the key does not exist, or to find the request at odds with the types of key that do exist.
 */
export async function expectRefused(context: CheckContext, asked: OperationDescriptor): Promise<void> {
  const what = describeOperation(asked);
  const call = await prepare(context, asked);
  if (call === undefined) return;
  const before = context.harness.wireRequests?.();
  // That a key is not there, a remote back end has to be asked.
  if ((await expectUnsupported(what, call)) !== "UnsupportedCapability") return;
  const after = context.harness.wireRequests?.();
  expectThat(before === after, `a request was sent before the provider refused to ${what}; a refusal costs no request`);
}

const OF_ANOTHER_KEY: ReadonlySet<ErrorCode> = new Set(["KeyNotFound", "InvalidRequest", "LimitExceeded"]);

async function expectUnsupported(what: string, call: PreparedCall): Promise<ErrorCode> {
  try {
    await call.run();
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    if (error.code === "UnsupportedCapability" || (!call.hasKey && OF_ANOTHER_KEY.has(error.code))) return error.code;
    throw new ExpectationFailed(
      `it does not declare to ${what}, but refuses it with ${error.code} instead of UnsupportedCapability`,
    );
  }
  throw new ExpectationFailed(`it does not declare to ${what}, but does it`);
}

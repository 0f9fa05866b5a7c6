import { describeOperation, isKeyrailError, type OperationDescriptor } from "@keyrail/core";
import type { CheckContext } from "../context.ts";
import { expectThat } from "../expect.ts";
import { ExpectationFailed } from "../outcome.ts";
import { type PreparedCall, prepare } from "./attempt.ts";

/**
 * Proves that an operation that is not declared is refused with `UnsupportedCapability`, and that nothing is sent for
 * it where the harness counts requests. A missing port is a refusal by itself.
 *
 * When no key of the type is to be had at all, nothing but the declaration can know what was meant: then `KeyNotFound`
 * for a key that does not exist is as good.
 */
export async function expectRefused(context: CheckContext, asked: OperationDescriptor): Promise<void> {
  const what = describeOperation(asked);
  const call = await prepare(context, asked);
  if (call === undefined) return;
  const before = context.harness.wireRequests?.();
  await expectUnsupported(what, call);
  const after = context.harness.wireRequests?.();
  expectThat(before === after, `a request was sent before the provider refused to ${what}; a refusal costs no request`);
}

async function expectUnsupported(what: string, call: PreparedCall): Promise<void> {
  try {
    await call.run();
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    if (error.code === "UnsupportedCapability" || (!call.hasKey && error.code === "KeyNotFound")) return;
    throw new ExpectationFailed(
      `it does not declare to ${what}, but refuses it with ${error.code} instead of UnsupportedCapability`,
    );
  }
  throw new ExpectationFailed(`it does not declare to ${what}, but does it`);
}

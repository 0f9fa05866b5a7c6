import { describeOperation, isKeyrailError, type OperationDescriptor } from "@keyrail/core";
import type { CheckContext } from "../context.ts";
import { expectThat } from "../expect.ts";
import { ExpectationFailed } from "../outcome.ts";
import { NO_SUCH_KEY, prepare } from "./attempt.ts";
import { canHold } from "./attempt.ts";

/**
 * Proves that an operation that is not declared is refused with `UnsupportedCapability`, and that nothing is sent for
 * it where the harness counts requests. A missing port is a refusal by itself.
 *
 * When the provider can hold no key of the type at all, nothing but the declaration can know what was meant: then
 * `KeyNotFound` for a key that does not exist is as good.
 */
export async function expectRefused(context: CheckContext, asked: OperationDescriptor): Promise<void> {
  const what = describeOperation(asked);
  const call = await prepare(context, asked);
  if (call === undefined) return;
  const before = context.harness.wireRequests?.();
  await expectUnsupported(context, asked, what, call);
  const after = context.harness.wireRequests?.();
  expectThat(before === after, `a request was sent before the provider refused to ${what}; a refusal costs no request`);
}

async function expectUnsupported(
  context: CheckContext,
  asked: OperationDescriptor,
  what: string,
  call: () => Promise<unknown>,
): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    if (error.code === "UnsupportedCapability") return;
    const makes = asked.operation === "create" || asked.operation.startsWith("import:");
    const unknownKey = !makes && asked.keyType !== undefined && !canHold(context, asked.keyType);
    if (unknownKey && error.code === "KeyNotFound") return;
    throw new ExpectationFailed(
      `it does not declare to ${what}, but refuses it with ${error.code} instead of UnsupportedCapability`,
    );
  }
  throw new ExpectationFailed(`it does not declare to ${what}, but does it`);
}

export { NO_SUCH_KEY };

/** Opening the echo provider and calling it as untyped JavaScript would. */

import { createProvider, isKeyrailError, type KeyrailError, type Provider } from "../../src/index.ts";
import { type EchoAdapter, echoAdapter } from "./echo-adapter.ts";

export function open(): { adapter: EchoAdapter; provider: Provider } {
  const adapter = echoAdapter();
  return { adapter, provider: createProvider(adapter) };
}

export function signerOf(provider: Provider): NonNullable<Provider["signer"]> {
  if (provider.signer === undefined) throw new Error("no signer");
  return provider.signer;
}

/** Calls a method as untyped JavaScript would, with whatever argument. */
export async function callUntyped(
  method: (...parameters: never[]) => Promise<unknown>,
  argument: unknown,
): Promise<unknown> {
  const untyped: (argument: never) => Promise<unknown> = method;
  const result: unknown = await Reflect.apply(untyped, undefined, [argument]);
  return result;
}

export async function failure(promise: Promise<unknown>): Promise<KeyrailError> {
  try {
    await promise;
  } catch (error) {
    if (isKeyrailError(error)) return error;
    throw error;
  }
  throw new Error("did not reject");
}

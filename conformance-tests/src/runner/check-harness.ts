/** What a harness must be before anything is asked of it: its author may write JavaScript. */

import { KeyrailError } from "@keyrail/core";
import type { Harness, HarnessInstance } from "../harness.ts";

/** @throws KeyrailError `InvalidRequest`. */
export function checkHarness(harness: Harness): void {
  const given: Partial<Harness> | null | undefined = harness;
  if (typeof given?.name !== "string") throw invalid("name", "what stands above the column of a matrix");
  if (typeof given.setup !== "function") throw invalid("setup", "a function that opens the provider");
}

/** @throws KeyrailError `InvalidRequest`. */
export function checkInstance(instance: HarnessInstance): void {
  const given: { readonly provider?: Partial<HarnessInstance["provider"]> } | null | undefined = instance;
  const provider = given?.provider;
  if (provider?.capabilities !== undefined && provider.keys !== undefined) return;
  throw invalid("setup", "a function that gives { provider }, with what createProvider of @keyrail/core gave");
}

function invalid(path: string, expected: string): KeyrailError<"InvalidRequest"> {
  return new KeyrailError("InvalidRequest", `"${path}" of the harness is not valid: expected ${expected}.`, {
    path,
    expected,
  });
}

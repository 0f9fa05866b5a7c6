import type { ImportRequest, KeyRecord } from "@keyrail/core";
import type { SoftwareProvider } from "../../src/index.ts";

type WithoutLabel<Request> = Request extends unknown ? Omit<Request, "label"> : never;

/** Imports a key through the port, uses it, and removes it. */
export async function withKey<Result>(
  provider: SoftwareProvider,
  request: WithoutLabel<ImportRequest>,
  use: (record: KeyRecord) => Promise<Result>,
): Promise<Result> {
  const record = await provider.keys.import({ ...request, label: "vector" });
  try {
    return await use(record);
  } finally {
    await provider.catalog?.remove(record.id);
  }
}

/** A port that the software provider has. */
export function port<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("The software provider has every port.");
  return value;
}

/** Whether two byte strings are one. */
export function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

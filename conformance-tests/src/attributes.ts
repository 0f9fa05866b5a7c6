/** What a plain key is given: all its usages, and the algorithms a provider wants named. */

import type { Algorithm, CapabilityRow, CompiledCapabilities, KeyType, Usage } from "@keyrail/core";

/** Usages and, where the row restricts keys to algorithms, the first set of them. */
export interface UsualAttributes {
  readonly usages: readonly Usage[];
  readonly algorithms?: readonly Algorithm[];
}

/** Everything a row lets a plain key of the type do: one key then serves many checks. */
export function usualAttributes(
  capabilities: CompiledCapabilities,
  keyType: KeyType,
  row: CapabilityRow | undefined,
): UsualAttributes {
  const algorithms = row?.keyAlgorithms?.[0];
  const usages = plainUsages(capabilities, keyType, row?.usages?.[0] ?? ["sign"]);
  return { usages, ...(algorithms === undefined ? {} : { algorithms }) };
}

/**
 * A usage set without `derive` where only a master key could use it: where the type derives by path alone, a key that
 * was not made a master has nothing to derive, and a provider may say so.
 */
export function plainUsages(
  capabilities: CompiledCapabilities,
  keyType: KeyType,
  usages: readonly Usage[],
): readonly Usage[] {
  const rest = usages.filter((usage) => usage !== "derive");
  return rest.length === 0 || derivesPlainly(capabilities, keyType) ? usages : rest;
}

/** Whether a key that this row makes is extractable though nobody asked. */
export function isAlwaysExtractable(row: CapabilityRow | undefined): boolean {
  return row?.always?.includes("extractable") === true;
}

/** Whether a key that is no master has something to do with the usage `derive`. */
export function derivesPlainly(capabilities: CompiledCapabilities, keyType: KeyType): boolean {
  return (
    capabilities.rowsFor("derive:ecdh", keyType).length > 0 || capabilities.rowsFor("derive-output", keyType).length > 0
  );
}

/** Which keys the target holds under one label, read once for a whole run. */

import { KeyrailError, type KeyRecord, type KeyType, type Provider } from "@keyrail/core";

/** The answer to one question: who else is there under the same name? */
export interface TargetCensus {
  /** URIs of keys at the target with this label and type. */
  holders(label: string, keyType: KeyType): readonly string[];
}

/**
 * Lists the target once. Takes about 150 bytes of memory per key.
 *
 * @throws KeyrailError `UnsupportedCapability` when the target can't list its keys, and what listing throws.
 */
export async function takeCensus(target: Provider, signal?: AbortSignal): Promise<TargetCensus> {
  const { catalog } = target;
  if (catalog === undefined) {
    throw new KeyrailError("UnsupportedCapability", `${target.capabilities.title} can't list its keys.`, {
      provider: target.name,
      operation: "list",
    });
  }
  const byName = new Map<string, string | string[]>();
  const nameOf = (record: Pick<KeyRecord, "label" | "keyType">): string => `${record.keyType}\0${record.label}`;
  for await (const record of catalog.list(signal === undefined ? {} : { signal })) {
    const name = nameOf(record);
    const before = byName.get(name);
    if (before === undefined) byName.set(name, record.uri);
    else if (typeof before === "string") byName.set(name, [before, record.uri]);
    else before.push(record.uri);
  }
  return {
    holders(label, keyType) {
      const found = byName.get(nameOf({ label, keyType }));
      return found === undefined ? [] : typeof found === "string" ? [found] : found;
    },
  };
}

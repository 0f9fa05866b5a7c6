/** Which keys the target holds under one label, read once for a whole run. */

import { createHash } from "node:crypto";
import { KeyrailError, type KeyType, type Provider } from "@keyrail/core";
import { CompactMultimap } from "../compact/compact-multimap.ts";

/** A key of the census. */
export interface CensusKey {
  /** Key URI. */
  readonly uri: string;
  /** Seconds since the epoch, by the target's clock; absent where it tells none. */
  readonly createdAt?: number;
}

/** The answer to one question: who else is there under the same name? */
export interface TargetCensus {
  /** The keys at the target with this label and type. */
  holders(label: string, keyType: KeyType): readonly CensusKey[];
}

/** Stands for a key without a time. */
const UNKNOWN = 0;

/**
 * Lists the target once. Takes some 30 bytes of memory per key beyond its URI.
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
  const keys = new CompactMultimap();
  for await (const { label, keyType, uri, createdAt } of catalog.list(signal === undefined ? {} : { signal })) {
    keys.add(nameOf(label, keyType), Buffer.from(`${createdAt ?? UNKNOWN} ${uri}`));
  }
  return {
    holders: (label, keyType) => [...keys.get(nameOf(label, keyType))].map((value) => censusKey(value.toString())),
  };
}

function nameOf(label: string, keyType: KeyType): Uint8Array {
  return createHash("sha256").update(`${keyType}\0${label}`).digest();
}

function censusKey(text: string): CensusKey {
  const space = text.indexOf(" ");
  const createdAt = Number(text.slice(0, space));
  const uri = text.slice(space + 1);
  return createdAt === UNKNOWN ? { uri } : { uri, createdAt };
}

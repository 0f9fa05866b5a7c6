import type { CallOptions, KeyRecord, Provider, PublicKey } from "@keyrail/core";
import { isAsymmetric } from "../proof/key-types.ts";
import { encodePublicKey } from "../public-key-text.ts";
import type { KeySnapshot } from "./plan.ts";

/** The public half of a listed key: as it came with the list, or asked for; undefined for a secret key. */
export async function publicKeyOf(
  provider: Provider,
  record: KeyRecord,
  options: CallOptions,
): Promise<PublicKey | undefined> {
  if (!isAsymmetric(record.keyType)) return undefined;
  return record.publicKey ?? provider.keys.getPublic(record.uri, options);
}

/** What a plan keeps of a key. */
export function snapshotOf(record: KeyRecord, publicKey: PublicKey | undefined): KeySnapshot {
  const { uri, id, keyType, usages, algorithms, label, description, half, origin, extractable, hierarchical } = record;
  return {
    uri,
    id,
    keyType,
    usages,
    ...(algorithms === undefined ? {} : { algorithms }),
    label,
    ...(description === undefined ? {} : { description }),
    half,
    origin,
    extractable,
    ...(hierarchical === undefined ? {} : { hierarchical }),
    ...(publicKey === undefined ? {} : { publicKey: encodePublicKey(publicKey) }),
  };
}

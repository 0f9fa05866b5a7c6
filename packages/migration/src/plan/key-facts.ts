import {
  ASYMMETRIC_KEY_TYPES,
  type AsymmetricKeyType,
  type CallOptions,
  type KeyRecord,
  type KeyType,
  type Provider,
  type PublicKey,
} from "@keyrail/core";
import { encodePublicKey } from "../public-key-text.ts";
import type { KeySnapshot } from "./plan.ts";

const ASYMMETRIC: ReadonlySet<KeyType> = new Set(ASYMMETRIC_KEY_TYPES);

/** Whether keys of this type have a public half. */
export function isAsymmetric(keyType: KeyType): keyType is AsymmetricKeyType {
  return ASYMMETRIC.has(keyType);
}

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

import { ASYMMETRIC_KEY_TYPES, type AsymmetricKeyType, type KeyType } from "@keyrail/core";

const ASYMMETRIC: ReadonlySet<KeyType> = new Set(ASYMMETRIC_KEY_TYPES);

/** Whether a key type has a public half. */
export function isAsymmetric(keyType: KeyType): keyType is AsymmetricKeyType {
  return ASYMMETRIC.has(keyType);
}

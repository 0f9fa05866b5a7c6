/** What the store keeps of one key beside its secret. */

import type { Algorithm, DerivationAlgorithm, KeyHalf, KeyOrigin, KeyType, Usage } from "@keyrail/core";

/** HD facts as stored: the parent by id, so that a store can be moved. */
export interface StoredHierarchy {
  readonly scheme: DerivationAlgorithm;
  readonly master: boolean;
  readonly path?: string;
  readonly parent?: string;
}

/** The attributes of a key that no search looks at. */
export interface FixedAttributes {
  readonly keyType: KeyType;
  readonly half: KeyHalf;
  readonly usages: readonly Usage[];
  readonly algorithms?: readonly Algorithm[];
  readonly origin: KeyOrigin;
  readonly extractable: boolean;
  readonly hierarchical?: StoredHierarchy;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** Seconds since the epoch; changes with label and description. */
  readonly updatedAt: number;
}

/** A key as the store knows it, without its secret. */
export interface KeyEntry extends FixedAttributes {
  /** UUIDv7, lower case. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** Canonical raw public key, for asymmetric keys. */
  readonly publicKey?: Uint8Array;
}

/** A new key: the store gives it an id. */
export type KeyDraft = Omit<KeyEntry, "id">;
